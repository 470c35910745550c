import Contracts

/// Questions between services and their answers.
extension Subject {
    package static let inquiry = Subject(
        "inquiry", seeds: (inquiries.map { Array($0.utf8) }) + Corpus.oddities,
        vary: { [mutator = JSONMutator(names: inquiryNames)] in mutator.vary(&$0, $1, $2) },
        judge: { input throws(Flaw) in
            let inquiry: RequestReplyMessage
            do throws(MessageError) {
                inquiry = try RequestReplyMessage(parsing: input)
            } catch {
                try requireFit(error.description, about: input)
                return "\(error.code) \(error.pointer.filter { !$0.isNumber }) \(error.detail.prefix(40))"
            }
            let body = inquiry.encoded()
            try require(
                (try? RequestReplyMessage(parsing: body)) == inquiry, "what is written is read as something else")
            try require(body.count <= 8 * input.count + 1024, "a body grows out of proportion when it is written again")
            let named =
                switch inquiry {
                case .askWaitlistPositions(let question): question.volunteerIDs.count
                case .waitlistPositions(let answer): answer.positions.count
                case .refused(let answer): answer.reason.unicodeScalars.count
                }
            try require(named <= Limits.volunteersPerRequest, "more is named than may be")
            return "\(inquiry.action.rawValue) of \(min(named, 3))"
        })

    private static let inquiryNames = [
        "action", "data", "volunteer_application_id", "volunteer_ids", "volunteer_id", "positions", "position",
        "reason",
    ]

    private static let inquiries = [
        #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":456,"volunteer_ids":[1,"v2","007"]}}"#,
        #"{"action":"waitlist_positions","data":{"positions":[{"volunteer_id":1,"position":1},{"volunteer_id":"v2","#
            + #""position":9223372036854775807}]}}"#,
        #"{"action":"question_refused","data":{"reason":"/data: is required"}}"#,
    ]
}
