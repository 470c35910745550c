import Contracts
import Foundation
import Testing

/// An error names the rule and the field, and never quotes the value.
@Suite struct `Message errors` {
    /// The message with one field set to a JSON value and valid values in the others.
    private static func create(_ field: String, _ value: String) -> String {
        body(
            .create, field, value,
            [
                "fund_id": "123", "volunteer_application_id": "456", "available_spots": "5",
                "application_description": "\"d\"", "application_name": "\"n\"", "application_date": "\"2026-12-09\"",
                "application_starttime": "\"14:00:00\"", "application_endtime": "\"18:00:00\"", "time_zone": "\"UTC\"",
            ])
    }

    private static func notify(_ field: String, _ value: String) -> String {
        body(
            .notifyFreeSpot, field, value,
            ["volunteer_application_id": "456", "available_spots": "1", "waiting_volunteers": "[]"])
    }

    private static func body(_ action: Action, _ field: String, _ value: String, _ valid: [String: String]) -> String {
        let fields = valid.merging([field: value]) { $1 }
        return #"{"action":"\#(action.rawValue)","data":{\#(fields.map { "\"\($0)\":\($1)" }.joined(separator: ","))}}"#
    }

    /// - Parameter message: a body with this value of this field.
    private func expectLimits(
        of field: String, valid: [String], invalid: [String], in message: (String, String) -> String
    ) {
        for value in valid {
            #expect(parseError(message(field, value)) == nil, "\(field) \(value.prefix(40))")
        }
        for value in invalid {
            let error = parseError(message(field, value))
            #expect(error?.code == .badValue, "\(field) \(value.prefix(40))")
            #expect(error?.pointer == "/data/\(field)")
        }
    }

    private static func text(_ count: Int, _ letter: String = "я") -> String {
        "\"" + String(repeating: letter, count: count) + "\""
    }

    @Test(
        arguments: [
            ("available_spots", ["1", "100000"], ["0", "100001", "-1", "5.5", "1e300", "99999999999999999999"]),
            (
                "application_name", [text(1), text(200), text(100, "é"), text(200, "😀")],
                [text(0), text(201), text(101, "e\u{301}")]
            ),
            ("application_description", [text(0), text(10_000)], [text(10_001)]),
            (
                "application_date", [#""2024-02-29""#, #""0001-01-01""#, #""9999-12-31""#],
                [
                    #""2023-02-29""#, #""2024-02-30""#, #""2024-13-01""#, #""2024-00-01""#, #""2024-01-00""#,
                    #""0000-01-01""#,
                    #""2024-1-01""#, #""24-01-01""#, #""2024-12-09T00:00:00""#, #""""#, #""2024-12-09 ""#,
                    #""２０２４-12-09""#,
                ]
            ),
            (
                "application_starttime", [#""00:00:00""#, #""23:59:59""#],
                [#""24:00:00""#, #""23:60:00""#, #""23:59:60""#, #""14:00""#, #""14:00:00Z""#, #""4:00:00""#, #""""#]
            ),
            (
                "time_zone", [#""Europe/Moscow""#, #""Europe/Kiev""#, #""UTC""#, #""Etc/GMT+3""#],
                [
                    #""Mars/Phobos""#, #""GMT+3""#, #""PST""#, #""EST5EDT+3""#, #""""#, #""../../etc/passwd""#,
                    text(10_000),
                ]
            ),
            (
                "fund_id", ["0", "999999999999999", #""x""#, text(128, "x"), text(64)],
                [
                    "-1", "1000000000000000", "12345678901234567890", "1.5", "1e300", #""""#, text(129, "x"), text(65),
                    #""a*b""#, #""a#b""#, #""a\u0000b""#, #""a\u001fb""#, #""a\u007fb""#, #""a\u0080b""#,
                    #""a\u009fb""#,
                    String(repeating: "9", count: 10_000),
                ]
            ),
        ] as [(String, [String], [String])])
    func `a field of create is accepted within its limits and rejected beyond`(
        field: String, valid: [String], invalid: [String]
    ) {
        expectLimits(of: field, valid: valid, invalid: invalid, in: Self.create)
    }

    @Test(
        arguments: [
            ("available_spots", ["0", "100000"], ["-1", "100001"]),
            ("release", ["1", "9223372036854775807", "null"], ["0", "-1", "9223372036854775808"]),
            ("seen", ["0", "null"], ["-1"]),
            (
                "expires_at", [#""2026-11-21T09:30:00Z""#, #""2026-11-21T09:30:00""#],
                [#""tomorrow""#, #""2026-11-21""#]
            ),
        ] as [(String, [String], [String])])
    func `a field of notify_free_spot is accepted within its limits and rejected beyond`(
        field: String, valid: [String], invalid: [String]
    ) {
        expectLimits(of: field, valid: valid, invalid: invalid, in: Self.notify)
    }

    @Test(
        arguments: [
            (
                "reason", 500,
                #"{"action":"cancel_volunteer_application","data":{"volunteer_application_id":1,"reason":"@"}}"#
            ),
            (
                "reason", 500,
                #"{"application_id":"1","user_id":"2","status":"отклонено","#
                    + #""timestamp":"2026-11-21T09:30:00Z","reason":"@"}"#
            ),
            (
                "comment", 500,
                #"{"application_id":"1","user_id":"2","status":"отклонено","#
                    + #""timestamp":"2026-11-21T09:30:00Z","comment":"@"}"#
            ),
            (
                "reason", 500,
                #"{"action":"volunteer_response","data":{"volunteer_id":1,"volunteer_application_id":2,"#
                    + #""status":"declined","reason":"@"}}"#
            ),
        ])
    func `a reason has at most 500 scalars`(field: String, limit: Int, body: String) {
        #expect(parseError(body.replacing("@", with: String(repeating: "я", count: limit))) == nil)
        #expect(parseError(body.replacing("@", with: String(repeating: "я", count: limit + 1)))?.code == .badValue)
    }

    @Test(arguments: [
        (#"{"action":"volunteer_responses","data":{}}"#, MessageError.Code.unknownAction, "/action"),
        (#"{"action":"waiting_list_record","data":{"user_id":"1","application_id":"2"}}"#, .unknownAction, "/action"),
        (#"{"action":7,"data":{}}"#, .wrongType, "/action"),
        (#"{"action":null,"data":{}}"#, .missingField, "/action"),
        (#"{"action":"volunteer_response"}"#, .missingField, "/data"),
        (#"{"action":"volunteer_response","data":[]}"#, .wrongType, "/data"),
        (#"{"action":"volunteer_response","data":null}"#, .missingField, "/data"),
        (#"{"action":"volunteer_response","data":{}}"#, .missingField, "/data/volunteer_id"),
        (
            #"{"action":"volunteer_response","data":{"volunteer_id":1,"volunteer_application_id":2,"status":"maybe"}}"#,
            .badValue, "/data/status"
        ),
        (
            #"{"action":"volunteer_response","data":{"volunteer_id":true,"#
                + #""volunteer_application_id":2,"status":"accepted"}}"#,
            .wrongType, "/data/volunteer_id"
        ),
        (
            #"{"action":"volunteer_response","data":{"volunteer_id":[1],"#
                + #""volunteer_application_id":2,"status":"accepted"}}"#,
            .wrongType, "/data/volunteer_id"
        ),
        (
            #"{"action":"volunteer_response","data":{"volunteer_id":null,"#
                + #""volunteer_application_id":2,"status":"accepted"}}"#,
            .missingField, "/data/volunteer_id"
        ),
        (
            #"{"action":"volunteer_waiting","data":{"volunteer_id":1,"#
                + #""volunteer_application_id":2,"status":"accepted"}}"#,
            .badValue, "/data/status"
        ),
        (
            #"{"action":"volunteer_waiting","data":{"volunteer_id":1,"volunteer_application_id":2}}"#, .missingField,
            "/data/status"
        ),
        (
            notify("waiting_volunteers", #"[1,"a*"]"#),
            .badValue, "/data/waiting_volunteers/1"
        ),
        (
            notify("waiting_volunteers", #"[1,2.5]"#),
            .badValue, "/data/waiting_volunteers/1"
        ),
        (
            notify("waiting_volunteers", #"["x",1,true]"#),
            .wrongType, "/data/waiting_volunteers/2"
        ),
        (
            notify("waiting_volunteers", #"{}"#),
            .wrongType, "/data/waiting_volunteers"
        ),
        (#"{"action":"resend","data":{"stream":"a>b","epoch":1,"from":1}}"#, .badValue, "/data/stream"),
        (
            #"{"action":"resend","data":{"stream":"application.p00>waitlist.p00","epoch":1,"from":0}}"#, .badValue,
            "/data/from"
        ),
        (
            #"{"action":"stream_head","data":{"stream":"waitlist.p00>application.p00","epoch":1,"head":0,"#
                + #""handshake":""}}"#,
            .badValue, "/data/handshake"
        ),
        (
            #"{"action":"stream_head","data":{"stream":"application.p00>waitlist.p00","epoch":-1,"head":0}}"#,
            .badValue,
            "/data/epoch"
        ),
        (
            #"{"user_id":"1","application_id":"2","status":"занято","timestamp":"2026-11-21T09:30:00Z"}"#, .badValue,
            "/status"
        ),
        (#"{"user_id":"1","application_id":"2"}"#, .missingField, "/timestamp"),
        (#"{"user_id":"1","application_id":"2","timestamp":1795253400}"#, .wrongType, "/timestamp"),
        (
            #"{"user_id":"1","application_id":"2","timestamp":"2026-11-21T09:30:00Z","position":0}"#, .badValue,
            "/position"
        ),
        (#"{"userId":"1","message":"m","timestamp":"2026-11-21T09:30:00Z","kind":"spam"}"#, .badValue, "/kind"),
        (#"{"user_id":"1"}"#, .unknownShape, ""),
        (#"{}"#, .unknownShape, ""),
        (#"[]"#, .unknownShape, ""),
        (#""x""#, .unknownShape, ""),
        (#"null"#, .unknownShape, ""),
        (#"5"#, .unknownShape, ""),
    ])
    func `the error names the field and the rule`(body: String, code: MessageError.Code, pointer: String) {
        let error = parseError(body)
        #expect(error?.code == code)
        #expect(error?.pointer == pointer)
    }

    @Test(arguments: ["status", "timestamp", "position", "kind", "userId", "message"])
    func `no error quotes a value`(field: String) {
        let bodies = [
            #"{"user_id":"1","application_id":"2","timestamp":"2026-11-21T09:30:00Z","status":"не выбрал","#
                + #""\#(field)":"s3cr3t"}"#,
            #"{"userId":"1","message":"m","timestamp":"2026-11-21T09:30:00Z","\#(field)":"s3cr3t"}"#,
            #"{"userId":"1","message":"m","timestamp":"2026-11-21T09:30:00Z","\#(field)":{"s3cr3t":1}}"#,
            #"{"action":"s3cr3t","data":{}}"#,
            #"{"action":"cancel_volunteer_application","data":{"volunteer_application_id":"s3cr3t*"}}"#,
        ]
        for body in bodies {
            let error = parseError(body)
            #expect(error.map { "\($0)".contains("s3cr3t") } != true)
        }
    }

    @Test func `a pointer escapes tilde and slash`() throws {
        #expect(MessageError(code: .badValue, pointer: "/data/x", detail: "is bad").description == "/data/x: is bad")
        #expect(MessageError(code: .notJSON, detail: "is bad").description == "is bad")
        struct EscapedKey: Decodable {
            enum CodingKeys: String, CodingKey { case name = "a/b~c" }
            let name: String
            init(from decoder: any Decoder) throws {
                name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
            }
        }
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(EscapedKey.self, from: Data("{}".utf8))
        }
        let messageError = MessageError(decoding: try #require(error))
        #expect(messageError.pointer == "/a~1b~0c")
        #expect(messageError.code == .missingField)
    }
}
