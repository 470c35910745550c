import Contracts
import Testing

/// What texts from outside may contain (contract section 1).
@Suite struct `Texts` {
    private static func create(_ field: String, _ value: String) -> String {
        let fields = [
            "fund_id": "1", "volunteer_application_id": "2", "available_spots": "5",
            "application_description": "\"d\"", "application_name": "\"n\"", "application_date": "\"2026-12-09\"",
            "application_starttime": "\"14:00:00\"", "application_endtime": "\"18:00:00\"",
        ].merging([field: "\"\(value)\""]) { $1 }
        return data("create_volunteer_application", fields.map { "\"\($0)\":\($1)" }.joined(separator: ","))
    }

    private static func data(_ action: String, _ fields: String) -> String {
        #"{"action":"\#(action)","data":{\#(fields)}}"#
    }

    /// A body for each text, and the text's pointer.
    private static let bodies: [(pointer: String, allowsLines: Bool, body: @Sendable (String) -> String)] = [
        ("/data/application_name", false, { create("application_name", $0) }),
        ("/data/application_description", true, { create("application_description", $0) }),
        (
            "/data/application_name", false,
            { data("update_volunteer_application", #""volunteer_application_id":1,"application_name":"\#($0)""#) }
        ),
        (
            "/data/application_description", true,
            {
                data(
                    "update_volunteer_application", #""volunteer_application_id":1,"application_description":"\#($0)""#)
            }
        ),
        (
            "/data/reason", false,
            { data("cancel_volunteer_application", #""volunteer_application_id":1,"reason":"\#($0)""#) }
        ),
        (
            "/reason", false,
            {
                #"{"application_id":1,"user_id":2,"status":"отклонено","timestamp":"2026-11-21T09:30:00Z","#
                    + #""reason":"\#($0)"}"#
            }
        ),
        (
            "/comment", false,
            {
                #"{"application_id":1,"user_id":2,"status":"отклонено","timestamp":"2026-11-21T09:30:00Z","#
                    + #""comment":"\#($0)"}"#
            }
        ),
        (
            "/data/reason", false,
            {
                data(
                    "volunteer_response",
                    #""volunteer_id":1,"volunteer_application_id":2,"status":"declined","reason":"\#($0)""#)
            }
        ),
        ("/message", true, { #"{"userId":1,"message":"\#($0)","timestamp":"2026-11-21T09:30:00Z"}"# }),
    ]

    @Test func `control characters and bidi overrides are refused, and only these`() throws {
        let lines: Set<Unicode.Scalar> = ["\n", "\t"]
        var refused: [Int] = Array(repeating: 0, count: Self.bodies.count)
        // U+2FFF is far enough: the others are tried at the limits of the UTF-8 lengths.
        let scalars =
            (0...0x2fff).compactMap { Unicode.Scalar($0 as UInt32) } + ["\u{ffff}", "\u{10000}", "\u{10ffff}"]
        for scalar in scalars {
            let isBidi = (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            let isForbidden = isBidi || scalar.properties.generalCategory == .control
            let digits = String(scalar.value, radix: 16)
            let escaped = scalar.value <= 0xffff ? "\\u" + String(repeating: "0", count: 4 - digits.count) + digits : ""
            let isQuote = scalar == "\"" || scalar == "\\"
            let written = scalar.value < 0x20 || isQuote ? escaped : String(Character(scalar))
            for (index, place) in Self.bodies.enumerated() {
                let isAllowed = !isForbidden || place.allowsLines && lines.contains(scalar)
                // Each character in one body, in both forms in the first.
                for text in index == 0 ? [written, escaped] : [written] {
                    let error = parseError(place.body("a\(text)b"))
                    #expect((error == nil) == isAllowed, "U+\(digits) in \(place.pointer)")
                    guard let error else { continue }
                    refused[index] += 1
                    #expect(error.code == .badValue && error.pointer == place.pointer)
                }
            }
        }
        // 65 control characters and 9 bidi overrides.
        #expect(refused == [148, 72, 74, 72, 74, 74, 74, 74, 72])
    }

    @Test(arguments: ["\u{80}", "\u{9f}", "\u{c2}", "\u{202f}", "\u{2029}", "\u{2065}", "\u{206a}", "\u{aa}", "\u{e2}"])
    func `a text may begin and end with an allowed character`(text: String) {
        let isControl = text.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
        #expect((parseError(Self.create("application_name", "\(text)я\(text)")) == nil) == !isControl)
    }

    @Test(arguments: [" ", "  ", "\u{a0}", "\u{2003}\u{3000} ", "\u{2028}"]) func `a name is not blank`(name: String) {
        let error = parseError(Self.create("application_name", name))
        #expect(error?.code == .badValue && error?.detail == "must not be blank")
        #expect(error?.pointer == "/data/application_name")
        #expect(parseError(Self.create("application_description", name)) == nil)
        #expect(parseError(Self.create("application_name", "\(name).\(name)")) == nil)
    }

    @Test func `the body of a request is checked alike`() throws {
        let application = try ID("1")
        let update = try CommandBody(parsing: Array(#"{"application_name":"a\u202eb"}"#.utf8))
        let cancel = try CommandBody(parsing: Array(#"{"reason":"a\u0000b"}"#.utf8))
        let removal = try CommandBody(
            parsing: Array(#"{"volunteer_id":2,"status":"declined","reason":"a\nb"}"#.utf8))
        let create = try CommandBody(
            parsing: Array(
                #"""
                {"available_spots":1,"application_name":"n","application_description":"one\n\ttwo\u0007",
                "application_date":"2026-12-09","application_starttime":"14:00:00","application_endtime":"18:00:00"}
                """#.utf8))
        #expect(throws: MessageError.self) { try update.update(of: application) }
            .map { #expect($0.pointer == "/application_name") }
        #expect(throws: MessageError.self) { try cancel.cancellation(of: application) }
            .map { #expect($0.pointer == "/reason") }
        #expect(throws: MessageError.self) { try removal.response(to: application, caller: nil) }
            .map { #expect($0.pointer == "/reason") }
        #expect(throws: MessageError.self) { try create.create(assigned: application, caller: application) }
            .map { #expect($0.pointer == "/application_description") }
    }

    @Test func `a stream does not stop at a text that an earlier version accepted`() throws {
        for place in Self.bodies {
            let body = Array(place.body(#"a\u0000\r\nb"#).utf8)
            #expect(throws: MessageError.self) { try Message(parsing: body) }
            let written = String(decoding: try Message(streamed: body).encoded(), as: UTF8.self)
            #expect(written.contains(#"a\u0000\r\nb"#))
        }
    }
}
