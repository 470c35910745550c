import Contracts
import Testing

/// Every body is either parsed or rejected with an error; none traps.
@Suite struct `Invalid bodies` {
    private static let valid = Array(
        """
        {"action":"volunteer_response",
        "data":{"volunteer_id":789,"volunteer_application_id":456,"status":"accepted"}}
        """.utf8)

    @Test(
        arguments: [
            ("empty", []),
            ("only white space", Array(" \n".utf8)),
            ("a NUL", [0]),
            ("NULs", [UInt8](repeating: 0, count: 1000)),
            ("only a byte order mark", [0xef, 0xbb, 0xbf]),
            ("two byte order marks", [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf] + valid),
            ("UTF-16, little-endian", valid.flatMap { [$0, 0] }),
            ("UTF-16 with a byte order mark", [0xfe, 0xff] + valid.flatMap { [0, $0] }),
            ("UTF-32", valid.flatMap { [$0, 0, 0, 0] }),
            ("a truncated body", Array(valid.dropLast())),
            ("a letter after the object", valid + Array("x".utf8)),
            ("two objects", valid + valid),
            ("a NUL after the object", valid + [0]),
            ("a trailing comma", Array(#"{"action":"volunteer_response","data":{},}"#.utf8)),
            ("a trailing comma in an array", Array(#"{"x":[1,]}"#.utf8)),
            ("a leading comma", Array(#"{,"x":1}"#.utf8)),
            ("no comma", Array(#"{"x":1"y":2}"#.utf8)),
            ("no colon", Array(#"{"x" 1}"#.utf8)),
            ("no value", Array(#"{"x":}"#.utf8)),
            ("a bare key", Array(#"{x:1}"#.utf8)),
            ("single quotes", Array(#"{'x':1}"#.utf8)),
            ("a comment", Array(#"{"x":1 /* y */}"#.utf8)),
            ("a mismatched bracket", Array(#"{"x":[1}"#.utf8)),
            ("another mismatched bracket", Array(#"{"x":{"y":1]}"#.utf8)),
            ("a leading zero", Array(#"{"x":01}"#.utf8)),
            ("a leading plus", Array(#"{"x":+1}"#.utf8)),
            ("a bare minus", Array(#"{"x":-}"#.utf8)),
            ("a number that ends in a decimal point", Array(#"{"x":1.}"#.utf8)),
            ("a number with an empty exponent", Array(#"{"x":1e}"#.utf8)),
            ("NaN", Array(#"{"x":NaN}"#.utf8)),
            ("a hexadecimal number", Array(#"{"x":0x10}"#.utf8)),
            ("half a word", Array(#"{"x":tru"#.utf8)),
            ("an unknown escape", Array(#"{"x":"\x"}"#.utf8)),
            ("half an escape", Array(#"{"x":"\u12"}"#.utf8)),
            ("a backslash at the end", Array(#"{"x":"\"#.utf8)),
            ("a line break in a string", Array("{\"x\":\"\n\"}".utf8)),
            ("a NUL in a string", Array("{\"x\":\"\0\"}".utf8)),
            ("invalid UTF-8 in a value", Array(#"{"x":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)),
            ("an overlong UTF-8 sequence", Array(#"{"x":""#.utf8) + [0xc0, 0xaf] + Array(#""}"#.utf8)),
            ("a surrogate in UTF-8", Array(#"{"x":""#.utf8) + [0xed, 0xa0, 0x80] + Array(#""}"#.utf8)),
            ("a truncated UTF-8 sequence", Array(#"{"x":""#.utf8) + [0xd0]),
            ("XML", Array("<message/>".utf8)),
        ] as [(String, [UInt8])])
    func `a body that is not JSON in UTF-8 is an error`(name: String, body: [UInt8]) {
        #expect(parseError(body)?.code == .notJSON, "\(name)")
    }

    @Test(arguments: ["[", "{\"a\":", "[[{\"a\":"])
    func `many open brackets are too deep`(opening: String) {
        #expect(parseError(String(repeating: opening, count: 100_000))?.code == .tooDeep)
    }

    @Test func `nesting is limited even when all brackets are closed`() {
        func body(_ depth: Int) -> String {
            #"{"x":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(parseError(body(Limits.nestingDepth - 1))?.code == .unknownShape)
        #expect(parseError(body(Limits.nestingDepth))?.code == .tooDeep)
        #expect(parseError(body(1_000))?.code == .tooDeep)
    }

    @Test(arguments: ["volunteer_id", "volunteer_application_id", "status"])
    func `the error for a lone surrogate or a very long number names the field`(field: String) {
        let values = [#""\ud800""#, #""\udc00\ud800""#, #""\ud800x""#, String(repeating: "1", count: 10_000)]
        for value in values {
            var fields = ["volunteer_id": "1", "volunteer_application_id": "2", "status": #""accepted""#]
            fields[field] = value
            let data = fields.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            let error = parseError(#"{"action":"volunteer_response","data":{\#(data)}}"#)
            #expect(error?.pointer == "/data/\(field)")
        }
    }

    @Test func `an escaped surrogate pair is one character`() throws {
        let message = try Message(
            parsing: #"{"action":"cancel_volunteer_application","data":{"volunteer_application_id":"\ud83e\uddf9"}}"#
                .utf8)
        #expect(message.applicationID?.string == "🧹")
    }

    @Test func `no prefix and no changed byte of a message traps`() {
        for end in Self.valid.indices {
            #expect(parseError(Array(Self.valid[..<end]))?.code == .notJSON)
            for byte in [0, 0x22, 0x2c, 0x5b, 0x5c, 0x7b, 0x7d, 0x80, 0xff] as [UInt8] {
                var body = Self.valid
                body[end] = byte
                _ = parseError(body)
            }
        }
    }

    @Test func `a long body is parsed completely`() {
        let body = #"{"x":"# + "\"" + String(repeating: "я", count: 500_000) + "\"}"
        #expect(parseError(body)?.code == .unknownShape)
        #expect(
            parseError("{" + (0..<50_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}")?.code == .unknownShape)
    }
}
