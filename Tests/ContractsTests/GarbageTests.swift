import Contracts
import Testing

/// Whatever arrives: an answer, never a trap.
@Suite struct `Garbage` {
    private static let valid = Array(
        """
        {"action":"volunteer_response",
        "data":{"volunteer_id":789,"volunteer_application_id":456,"status":"accepted"}}
        """.utf8)

    @Test(
        arguments: [
            ("empty", []),
            ("white space", Array(" \n".utf8)),
            ("a NUL", [0]),
            ("NULs", [UInt8](repeating: 0, count: 1000)),
            ("only a byte order mark", [0xef, 0xbb, 0xbf]),
            ("two byte order marks", [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf] + valid),
            ("UTF-16, little end first", valid.flatMap { [$0, 0] }),
            ("UTF-16 with a mark", [0xfe, 0xff] + valid.flatMap { [0, $0] }),
            ("UTF-32", valid.flatMap { [$0, 0, 0, 0] }),
            ("a half", Array(valid.dropLast())),
            ("something after it", valid + Array("x".utf8)),
            ("two of them", valid + valid),
            ("a NUL after it", valid + [0]),
            ("a trailing comma", Array(#"{"action":"volunteer_response","data":{},}"#.utf8)),
            ("a trailing comma in an array", Array(#"{"x":[1,]}"#.utf8)),
            ("a leading comma", Array(#"{,"x":1}"#.utf8)),
            ("no comma", Array(#"{"x":1"y":2}"#.utf8)),
            ("no colon", Array(#"{"x" 1}"#.utf8)),
            ("no value", Array(#"{"x":}"#.utf8)),
            ("a bare key", Array(#"{x:1}"#.utf8)),
            ("single quotes", Array(#"{'x':1}"#.utf8)),
            ("a comment", Array(#"{"x":1 /* y */}"#.utf8)),
            ("a wrong bracket", Array(#"{"x":[1}"#.utf8)),
            ("another wrong bracket", Array(#"{"x":{"y":1]}"#.utf8)),
            ("a leading zero", Array(#"{"x":01}"#.utf8)),
            ("a leading plus", Array(#"{"x":+1}"#.utf8)),
            ("a bare minus", Array(#"{"x":-}"#.utf8)),
            ("a number that ends in a point", Array(#"{"x":1.}"#.utf8)),
            ("a number without exponent", Array(#"{"x":1e}"#.utf8)),
            ("not a number", Array(#"{"x":NaN}"#.utf8)),
            ("a hexadecimal number", Array(#"{"x":0x10}"#.utf8)),
            ("a half word", Array(#"{"x":tru"#.utf8)),
            ("an unknown escape", Array(#"{"x":"\x"}"#.utf8)),
            ("half an escape", Array(#"{"x":"\u12"}"#.utf8)),
            ("a backslash at the end", Array(#"{"x":"\"#.utf8)),
            ("a line break in a string", Array("{\"x\":\"\n\"}".utf8)),
            ("a NUL in a string", Array("{\"x\":\"\0\"}".utf8)),
            ("invalid UTF-8 in a value", Array(#"{"x":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)),
            ("an overlong form", Array(#"{"x":""#.utf8) + [0xc0, 0xaf] + Array(#""}"#.utf8)),
            ("a surrogate in UTF-8", Array(#"{"x":""#.utf8) + [0xed, 0xa0, 0x80] + Array(#""}"#.utf8)),
            ("half a letter", Array(#"{"x":""#.utf8) + [0xd0]),
            ("XML", Array("<message/>".utf8)),
        ] as [(String, [UInt8])])
    func `what is not JSON in UTF-8 is said to be so`(name: String, body: [UInt8]) {
        #expect(refusal(body)?.code == .notJSON, "\(name)")
    }

    @Test(arguments: ["[", "{\"a\":", "[[{\"a\":"])
    func `brackets without end are too deep`(opening: String) {
        #expect(refusal(String(repeating: opening, count: 100_000))?.code == .tooDeep)
    }

    @Test func `nesting is bounded where it closes again, too`() {
        func body(_ depth: Int) -> String {
            #"{"x":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(refusal(body(Limits.nestingDepth - 1))?.code == .unknownShape)
        #expect(refusal(body(Limits.nestingDepth))?.code == .tooDeep)
        #expect(refusal(body(1_000))?.code == .tooDeep)
    }

    @Test(arguments: ["volunteer_id", "volunteer_application_id", "status"])
    func `lone surrogates and endless numbers name their field`(field: String) {
        let values = [#""\ud800""#, #""\udc00\ud800""#, #""\ud800x""#, String(repeating: "1", count: 10_000)]
        for value in values {
            var fields = ["volunteer_id": "1", "volunteer_application_id": "2", "status": #""accepted""#]
            fields[field] = value
            let data = fields.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            let error = refusal(#"{"action":"volunteer_response","data":{\#(data)}}"#)
            #expect(error?.pointer == "/data/\(field)")
        }
    }

    @Test func `a surrogate pair is a letter`() throws {
        let message = try Message(
            parsing: #"{"action":"cancel_volunteer_application","data":{"volunteer_application_id":"\ud83e\uddf9"}}"#
                .utf8)
        #expect(message.applicationID?.string == "🧹")
    }

    @Test func `of two equal keys one counts`() {
        let body =
            #"{"action":"cancel_volunteer_application","action":"cancel_volunteer_application","data":{},"#
            + #""data":{"volunteer_application_id":1,"volunteer_application_id":2}}"#
        _ = refusal(body)
        _ = refusal(#"{"user_id":1,"user_id":"\ud800","user_id":[],"application_id":{},"application_id":1}"#)
    }

    @Test func `every prefix and every changed byte of a message gets an answer`() {
        for end in Self.valid.indices {
            #expect(refusal(Array(Self.valid[..<end]))?.code == .notJSON)
            for byte in [0, 0x22, 0x2c, 0x5b, 0x5c, 0x7b, 0x7d, 0x80, 0xff] as [UInt8] {
                var body = Self.valid
                body[end] = byte
                _ = refusal(body)
            }
        }
    }

    @Test func `a long body is read to its end`() {
        let body = #"{"x":"# + "\"" + String(repeating: "я", count: 500_000) + "\"}"
        #expect(refusal(body)?.code == .unknownShape)
        #expect(refusal("{" + (0..<50_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}")?.code == .unknownShape)
    }
}
