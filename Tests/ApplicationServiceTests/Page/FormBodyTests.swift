import Testing
import Web

@testable import ApplicationService

/// Forms as browsers send them (WHATWG URL section 5.1).
@Suite struct FormBodyTests {
    private func parsed(_ text: String) throws -> [String: String] {
        try FormBody(parsing: Array(text.utf8)).values
    }

    @Test(arguments: [
        ("", [:]), ("a=1", ["a": "1"]), ("a=1&b=2", ["a": "1", "b": "2"]), ("a=", ["a": ""]), ("a", ["a": ""]),
        ("=x", ["": "x"]), ("&&a=1&", ["a": "1"]), ("a=b=c", ["a": "b=c"]), ("a+b=c+d", ["a b": "c d"]),
        ("a=%2B%26%3D%25", ["a": "+&=%"]), ("a=%d0%A7%D0%b0%D0%B9", ["a": "Чай"]), ("a=é", ["a": "é"]),
        ("a=1%0D%0A2%0A3%0D4", ["a": "1\n2\n3\r4"]), ("%61=1", ["a": "1"]),
    ])
    func `a form is read`(_ text: String, _ values: [String: String]) throws {
        #expect(try parsed(text) == values)
    }

    @Test(arguments: [
        "a=%", "a=%2", "a=%zz", "a=%2z", "a=1%", "%=1", "a=%FF", "a=%C3", "a=%ED%A0%80", "a=1&a=2", "a=1&%61=2", "a&a",
    ])
    func `what cannot be read is refused`(_ text: String) {
        #expect(throws: Problem.self) { try parsed(text) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: Problem.self) { try FormBody(parsing: [0x61, 0x3d, 0xff]) }
    }
}
