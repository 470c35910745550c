import Contracts
import Testing

/// Requests between services, and the replies (contract section 3).
@Suite struct `Requests and replies` {
    private static func samples() throws -> [RequestReplyMessage] {
        let volunteers = [try ID("789"), try ID("volunteer \"1011\" / 🧹"), try ID("007")]
        return [
            .askWaitlistPositions(WaitlistPositionsRequest(applicationID: try ID("456"), volunteerIDs: volunteers)),
            .askWaitlistPositions(WaitlistPositionsRequest(applicationID: try ID("заявка"), volunteerIDs: [])),
            .waitlistPositions(
                WaitlistPositionsReply(
                    positions: volunteers.enumerated().map { .init(volunteerID: $1, position: $0 * 70_000 + 1) })),
            .waitlistPositions(WaitlistPositionsReply(positions: [])),
            .refused(RequestRejected(reason: "нет \\ \u{1}")),
        ]
    }

    @Test(arguments: try samples())
    func `an encoded message is parsed back unchanged, with or without unknown fields`(
        message: RequestReplyMessage
    ) throws {
        let body = message.encoded()
        #expect(try RequestReplyMessage(parsing: body) == message)
        let text = String(decoding: body, as: UTF8.self)
        #expect(try RequestReplyMessage(parsing: "{\"новое\":[{}],\(text.dropFirst())".utf8) == message)
        #expect(
            try RequestReplyMessage(parsing: text.replacing(#""data":{"#, with: #""data":{"x":null,"#).trimmed.utf8)
                == message)
    }

    @Test func `every action has a sample`() throws {
        #expect(try Set(Self.samples().map(\.action)) == Set(RequestReplyMessage.Action.allCases))
    }

    @Test func `no action is also that of a message`() {
        for word in RequestReplyMessage.Action.allCases { #expect(Action(rawValue: word.rawValue) == nil) }
    }

    @Test func `the encoded bytes are exactly these`() throws {
        let written = try Self.samples().map { String(decoding: $0.encoded(), as: UTF8.self) }
        #expect(
            written == [
                #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":456,"#
                    + #""volunteer_ids":[789,"volunteer \"1011\" / 🧹","007"]}}"#,
                #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":"заявка","volunteer_ids":[]}}"#,
                #"{"action":"waitlist_positions","data":{"positions":[{"volunteer_id":789,"position":1},"#
                    + #"{"volunteer_id":"volunteer \"1011\" / 🧹","position":70001},"#
                    + #"{"volunteer_id":"007","position":140001}]}}"#,
                #"{"action":"waitlist_positions","data":{"positions":[]}}"#,
                #"{"action":"question_refused","data":{"reason":"нет \\ \u0001"}}"#,
            ])
    }

    @Test func `a thousand volunteers are named in one, and not one more`() throws {
        func bodies(_ count: Int) -> [String] {
            [
                #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":1,"volunteer_ids":["#
                    + (0..<count).map { "\($0)" }.joined(separator: ",") + "]}}",
                #"{"action":"waitlist_positions","data":{"positions":["#
                    + (1...count).map { #"{"volunteer_id":\#($0),"position":\#($0)}"# }.joined(separator: ",") + "]}}",
            ]
        }
        for body in bodies(Limits.volunteersPerRequest) { #expect(throws: Never.self) { try read(body) } }
        for body in bodies(Limits.volunteersPerRequest + 1) {
            #expect(throws: MessageError.self) { try read(body) }
        }
    }

    @Test(
        arguments: [
            ("", .notJSON, ""), ("[]", .unknownShape, ""), ("{}", .missingField, "/action"),
            (#"{"action":null,"data":{}}"#, .missingField, "/action"),
            (#"{"action":1,"data":{}}"#, .wrongType, "/action"),
            (#"{"action":"volunteer_response","data":{}}"#, .unknownAction, "/action"),
            (#"{"action":"waitlist_positions"}"#, .missingField, "/data"),
            (#"{"action":"waitlist_positions","data":[]}"#, .wrongType, "/data"),
            (#"{"action":"waitlist_positions","data":{"positions":{}}}"#, .wrongType, "/data/positions"),
            (#"{"action":"waitlist_positions","data":{"positions":null}}"#, .missingField, "/data/positions"),
            (#"{"action":"waitlist_positions","data":{"positions":[7]}}"#, .wrongType, "/data/positions/0"),
            (
                #"{"action":"waitlist_positions","data":{"positions":[{"volunteer_id":1,"position":0}]}}"#, .badValue,
                "/data/positions/0/position"
            ),
            (
                #"{"action":"waitlist_positions","data":{"positions":[{"position":1}]}}"#, .missingField,
                "/data/positions/0/volunteer_id"
            ),
            (
                #"{"action":"ask_waitlist_positions","data":{"volunteer_ids":[]}}"#, .missingField,
                "/data/volunteer_application_id"
            ),
            (
                #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":1}}"#, .missingField,
                "/data/volunteer_ids"
            ),
            (
                #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":1,"volunteer_ids":[1,"*"]}}"#,
                .badValue, "/data/volunteer_ids/1"
            ),
            (#"{"action":"question_refused","data":{"reason":{}}}"#, .wrongType, "/data/reason"),
        ] as [(String, MessageError.Code, String)])
    func `the error names the field and the rule`(body: String, code: MessageError.Code, pointer: String) {
        #expect {
            try read(body)
        } throws: {
            guard let error = $0 as? MessageError else { return false }
            return error.code == code && error.pointer == pointer
        }
    }

    private func read(_ body: String) throws { _ = try RequestReplyMessage(parsing: body.utf8) }
}

extension String {
    /// Without the trailing comma that an inserted field leaves in an empty object.
    fileprivate var trimmed: String { replacing(",}", with: "}") }
}
