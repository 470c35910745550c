import Contracts
import Testing

/// A key that occurs twice in an object is a bad value, at any depth and however it is written (contract section 1).
@Suite struct `Duplicate keys` {
    @Test(arguments: [
        (#"{"action":"volunteer_response","action":"volunteer_response","data":{}}"#, "/action"),
        (#"{"action":"volunteer_response","data":{"status":"accepted","status":"declined"}}"#, "/data/status"),
        (#"{"user_id":1,"application_id":2,"user_id":1}"#, "/user_id"),
        (#"{"action":"x","\u0061ction":"y"}"#, "/action"),
        (#"{"\u0061ction":"x","a\u0063tion":"y"}"#, "/action"),
        (#"{"action":"x","data":{"st\u0061tus":1,"volunteer_id":{"x":1},"status":2}}"#, "/data/status"),
        // An error quotes no names from outside, and a pointer into an array would need its index.
        (#"{"x":1,"x":1}"#, ""), (#"{"":1,"":1}"#, ""), (#"{"x":{"status":1,"status":1}}"#, ""),
        (#"{"data":[{"status":1,"status":1}]}"#, ""), (#"{"data":[[{}],{"x":[]},{"y":1,"y":{}}]}"#, ""),
        (#"{"я":1,"\u044f":1}"#, ""), (#"{"\u044F":1,"\u044f":1}"#, ""),
        (#"{"🧹":1,"\ud83e\uddf9":1}"#, ""), (#"{"\ud800":1,"\ud800":1}"#, ""), (#"{"/":1,"\/":1}"#, ""),
        (#"{"\b\f\n\r\t\"\\":1,"\u0008\u000c\u000a\u000D\u0009\u0022\u005c":1}"#, ""),
        (#"{"\u0800\u00e9":1,"ࠀé":1}"#, ""),
    ])
    func `a key that occurs twice is refused`(body: String, pointer: String) {
        let error = parseError(body)
        #expect(error?.code == .badValue)
        #expect(error?.pointer == pointer)
        #expect(error?.detail == (pointer.isEmpty ? "no object may have a key twice" : "must not occur twice"))
    }

    @Test(arguments: [
        #"{"x":{"x":{"x":1}},"y":{"x":1}}"#, #"{"x":[{"x":1},{"x":1}],"y":[{"x":1}]}"#, #"{"x":"x","y":"x"}"#,
        #"{"a":1,"A":1,"a ":1,"":1}"#, "{\"\u{e9}\":1,\"e\u{301}\":1}", #"{"\u00e9":1,"e\u0301":1}"#,
        #"{"\\u0061":1,"a":1}"#, #"{"\ud83e\uddf9":1,"\ud83e\uddfa":1}"#, #"{"x":{"y":1,"z":{}},"z":1,"y":1}"#,
    ])
    func `keys that differ, and the same key in different objects, are not duplicates`(body: String) {
        #expect(parseError(body)?.code == .unknownShape)
    }

    @Test(arguments: [
        #"{"\ud800":1,"\udc00":1,"\ud800\udc00":1,"\udc00\ud800":1}"#, #"{"\ud800x\udc00":1,"\ud800\udc00":1}"#,
        #"{"\ud800\ud800\udc00":1,"\ud800\udc00":1}"#,
    ])
    func `halves of surrogate pairs are not valid, but differ`(body: String) {
        #expect(parseError(body)?.code == .notJSON)
    }

    @Test(arguments: [2, 15, 16, 17, 40, 50_000])
    func `the last key of many is compared with the first`(count: Int) {
        func body(_ last: String) -> String {
            "{" + (1..<count).map { "\"k\($0)\":0," }.joined() + "\"\(last)\":0}"
        }
        #expect(parseError(body("k1"))?.code == .badValue)
        #expect(parseError(body("\\u006b1"))?.code == .badValue)
        #expect(parseError(body("k0"))?.code == .unknownShape)
    }

    @Test func `a duplicate is found at the greatest depth`() {
        let depth = Limits.nestingDepth - 1
        let opening = String(repeating: #"{"a":"#, count: depth)
        let closing = String(repeating: "}", count: depth)
        #expect(parseError(opening + #"{"b":1,"b":2}"# + closing)?.code == .badValue)
        #expect(parseError(opening + #"{"b":1,"a":2}"# + closing)?.code == .unknownShape)
    }

    @Test func `the body of a request is checked alike`() {
        let error = #expect(throws: MessageError.self) {
            try CommandBody(parsing: Array(#"{"status":"accepted","status":"declined"}"#.utf8))
        }
        #expect(error?.pointer == "/status")
        #expect(throws: MessageError.self) {
            try RequestReplyMessage(parsing: #"{"action":"question_refused","data":{},"data":{}}"#.utf8)
        }
    }
}
