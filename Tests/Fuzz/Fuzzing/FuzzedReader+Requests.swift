import Contracts

/// Requests between services, and the replies.
extension FuzzedReader {
    package static let inquiry = FuzzedReader(
        "inquiry", json: requests.map { Array($0.utf8) } + Corpus.edgeCases, names: names,
        check: { input throws(Violation) in
            let message: RequestReplyMessage
            do throws(MessageError) {
                message = try RequestReplyMessage(parsing: input)
            } catch {
                try requirePresentable(error.description, about: input)
                return "\(error.code) \(error.pointer.filter { !$0.isNumber }) \(error.detail.prefix(40))"
            }
            let body = message.encoded()
            try require((try? RequestReplyMessage(parsing: body)) == message, "a message changes when written and read")
            try require(body.count <= 8 * input.count + 1024, "a body grows out of proportion when written again")
            let count =
                switch message {
                case .askWaitlistPositions(let request): request.volunteerIDs.count
                case .waitlistPositions(let reply): reply.positions.count
                case .forwardedRequest, .forwardedResponse: 0
                case .refused(let reply): reply.reason.unicodeScalars.count
                }
            try require(count <= Limits.volunteersPerRequest, "a message names too many volunteers")
            return "\(message.action.rawValue) of \(min(count, 3))"
        })

    private static let names = [
        "action", "data", "volunteer_application_id", "volunteer_ids", "volunteer_id", "positions", "position",
        "reason", "method", "path", "role", "caller", "headers", "name", "value", "body", "assigned_id", "part",
        "body_digest", "status", "seen",
    ]

    private static let requests = [
        #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":456,"volunteer_ids":[1,"v2","007"],"#
            + #""seen":12}}"#,
        #"{"action":"waitlist_positions","data":{"positions":[{"volunteer_id":1,"position":1},{"volunteer_id":"v2","#
            + #""position":9223372036854775807}]}}"#,
        #"{"action":"forwarded_request","data":{"method":"POST","path":"/v1/applications","role":"fund","caller":7,"#
            + #""headers":[{"name":"Prefer","value":"wait=1"}],"body":"{}","assigned_id":"a7","part":false}}"#,
        #"{"action":"forwarded_response","data":{"status":202,"headers":[{"name":"ETag","value":"\"1\""}],"#
            + #""body":"{}"}}"#,
        #"{"action":"question_refused","data":{"reason":"/data: is required"}}"#,
    ]
}
