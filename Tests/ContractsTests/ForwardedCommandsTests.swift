import Contracts
import Testing

/// Commands that are passed on to another process's partition (contract section 3).
@Suite struct ForwardedCommandsTests {
    private static let response = Message.response(
        VolunteerResponse(
            volunteerID: .trusted("789"), applicationID: .trusted("456"), status: .declined, reason: "мест нет"))
    private static let digest = String(repeating: "0f", count: 16)

    @Test func `all fields are written and read`() throws {
        let commands = ForwardedCommands(
            commands: [
                ForwardedCommand(
                    message: Self.response, messageID: "м-1", digest: Self.digest, traceparent: "00-a"),
                ForwardedCommand(message: Self.response),
            ], marker: "a")
        let body = commands.encoded()
        #expect(try ForwardedCommands(parsing: body) == commands)
        let response =
            #"{"action":"volunteer_response","data":{"volunteer_id":789,"volunteer_application_id":456,"#
            + #""status":"declined","reason":"мест нет"}}"#
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"action":"forwarded_commands","data":{"commands":[{"message":\#(response),"message_id":"м-1","#
                + #""digest":"\#(Self.digest)","traceparent":"00-a"},{"message":\#(response)}],"marker":"a"}}"#)
    }

    @Test func `its action is that of no message`() {
        #expect(Action(rawValue: ForwardedCommands.Action.forwardedCommands.rawValue) == nil)
        #expect(
            RequestReplyMessage.Action(rawValue: ForwardedCommands.Action.forwardedCommands.rawValue) == nil)
    }

    @Test(arguments: [
        (#"{"action":"stream_head","data":{"commands":[]}}"#, "/action"),
        (#"{"action":"forwarded_commands"}"#, "/data"),
        (#"{"action":"forwarded_commands","data":{}}"#, "/data/commands"),
        (#"{"action":"forwarded_commands","data":{"commands":[{}]}}"#, "/data/commands/0/message"),
        (
            #"{"action":"forwarded_commands","data":{"commands":[{"message":{"action":"x"}}]}}"#,
            "/data/commands/0/message/action"
        ),
        (#"{"action":"forwarded_commands","data":{"commands":[],"marker":""}}"#, "/data/marker"),
    ])
    func `an error names the field`(body: String, pointer: String) {
        let error = #expect(throws: MessageError.self) { _ = try ForwardedCommands(parsing: body.utf8) }
        #expect(error?.pointer == pointer)
    }
}
