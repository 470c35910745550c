import Contracts
import Testing

/// Requests between services, and the replies (contract section 3).
@Suite struct `Requests and replies` {
    private static func samples() throws -> [RequestReplyMessage] {
        let volunteers = [try ID("789"), try ID("volunteer \"1011\" / 🧹"), try ID("007")]
        return [
            .askWaitlistPositions(WaitlistPositionsRequest(applicationID: try ID("456"), volunteerIDs: volunteers)),
            .askWaitlistPositions(
                WaitlistPositionsRequest(applicationID: try ID("заявка"), volunteerIDs: [], seen: 12)),
            .waitlistPositions(
                WaitlistPositionsReply(
                    positions: volunteers.enumerated().map { .init(volunteerID: $1, position: $0 * 70_000 + 1) })),
            .waitlistPositions(WaitlistPositionsReply(positions: [])),
            .forwardedRequest(
                ForwardedRequest(
                    method: "POST", path: "/v1/applications/456/responses", role: "volunteer", caller: try ID("007"),
                    headers: [ForwardedField(name: "Prefer", value: "wait=3")], body: "{\"status\":\n\"accepted\"}")),
            .forwardedRequest(
                ForwardedRequest(
                    method: "GET", path: "/v1/applications?q=%D0%B0", role: "service", caller: nil,
                    assignedID: try ID("456"), isPart: true, bodyDigest: String(repeating: "a", count: 64))),
            .forwardedResponse(
                ForwardedResponse(status: 404, headers: [ForwardedField(name: "ETag", value: "\"1\"")], body: "{}")),
            .forwardedResponse(ForwardedResponse(status: 304)),
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
                #"{"action":"ask_waitlist_positions","data":{"volunteer_application_id":"заявка","volunteer_ids":[],"#
                    + #""seen":12}}"#,
                #"{"action":"waitlist_positions","data":{"positions":[{"volunteer_id":789,"position":1},"#
                    + #"{"volunteer_id":"volunteer \"1011\" / 🧹","position":70001},"#
                    + #"{"volunteer_id":"007","position":140001}]}}"#,
                #"{"action":"waitlist_positions","data":{"positions":[]}}"#,
                #"{"action":"forwarded_request","data":{"method":"POST","path":"/v1/applications/456/responses","#
                    + #""role":"volunteer","caller":"007","headers":[{"name":"Prefer","value":"wait=3"}],"#
                    + #""body":"{\"status\":\n\"accepted\"}"}}"#,
                #"{"action":"forwarded_request","data":{"method":"GET","path":"/v1/applications?q=%D0%B0","#
                    + #""role":"service","headers":[],"assigned_id":456,"part":true,"body_digest":""#
                    + String(repeating: "a", count: 64) + #""}}"#,
                #"{"action":"forwarded_response","data":{"status":404,"headers":[{"name":"ETag","value":"\"1\""}],"#
                    + #""body":"{}"}}"#,
                #"{"action":"forwarded_response","data":{"status":304,"headers":[]}}"#,
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
            (#"{"action":"forwarded_request","data":{"method":"GET","role":"fund"}}"#, .missingField, "/data/path"),
            (#"{"action":"forwarded_request","data":{"path":"/","role":"fund"}}"#, .missingField, "/data/method"),
            (#"{"action":"forwarded_request","data":{"method":"GET","path":"/"}}"#, .missingField, "/data/role"),
            (
                #"{"action":"forwarded_request","data":{"method":"GET","path":"/","role":"fund","caller":"*"}}"#,
                .badValue, "/data/caller"
            ),
            (
                #"{"action":"forwarded_request","data":{"method":"GET","path":"/","role":"fund","body_digest":"a"}}"#,
                .badValue, "/data/body_digest"
            ),
            (
                #"{"action":"forwarded_response","data":{"status":200,"headers":[{"name":"a"}]}}"#, .missingField,
                "/data/headers/0/value"
            ),
            (#"{"action":"forwarded_response","data":{"status":100}}"#, .badValue, "/data/status"),
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
