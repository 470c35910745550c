import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite struct IdempotencyKeyTests {
    private static let longest = String(repeating: "k", count: 255)

    @Test(arguments: [
        ("a", "a"), ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"), ("a b", "a b"),
        ("  a\t", "a"), (#""a""#, "a"), (#""a\"b\\c""#, #"a"b\c"#), (#"a"b\c"#, #"a"b\c"#), ("~ !", "~ !"),
        ("a,b", "a,b"),
        (longest, longest), ("\"\(longest)\"", longest),
    ])
    func `a key is printable ASCII, quoted or bare`(field: String, text: String) throws {
        #expect(try IdempotencyKey(in: [.idempotencyKey: field])?.text == text)
    }

    @Test(arguments: [
        "", #""""#, longest + "k", "\"\(longest)k\"", "é", "a\u{7f}", "a\tb", #"""#, #""a"#, #""a\"#, #""a\b""#,
        #""a"b"#, #""a";p=1"#, #""a""b""#, "\"é\"",
    ])
    func `anything else is malformed`(field: String) {
        #expect(#expect(throws: Problem.self) { try IdempotencyKey(field) }?.code == .malformed)
    }

    @Test func `the same key quoted and bare is the same`() throws {
        #expect(try IdempotencyKey("a-1") == IdempotencyKey("\"a-1\""))
        #expect(try IdempotencyKey("a-1") != IdempotencyKey("A-1"))
    }

    @Test func `no field is no key, a blank field or two fields are malformed`() throws {
        #expect(try IdempotencyKey(in: [:]) == nil)
        #expect(#expect(throws: Problem.self) { try IdempotencyKey(in: [.idempotencyKey: " "]) }?.code == .malformed)
        let twice = fields(.idempotencyKey, "a", "a")
        #expect(#expect(throws: Problem.self) { try IdempotencyKey(in: twice) }?.code == .malformed)
    }
}

@Suite struct PreferenceTests {
    @Test(arguments: [
        (["wait=10"], 10), (["wait=20"], 20), (["wait=21"], 20), (["wait=99999999999999999999999"], 20),
        (["wait=0"], 0),
        (["Wait=5"], 5), (["respond-async, wait=7"], 7), (["wait = 7 ; x=y"], 7), (["wait=\"7\""], 7),
        (["return=minimal", "wait=3"], 3), (["wait=3, wait=4"], 3), (["wait=3", "wait=4"], 3),
        (["foo=\"a, wait=9\", wait=2"], 2), (["foo=\"\\\", wait=9\", wait=2"], 2), (["foo; wait=9, wait=2"], 2),
        (["wait=x, wait=2"], 2), ([",, wait=2,"], 2),
    ])
    func `a wait is found among other preferences`(values: [String], seconds: Int) {
        let fields = HTTPFields(values.map { HTTPField(name: .prefer, value: $0) })
        #expect(Preference.wait(in: fields, atMost: 20) == seconds)
    }

    @Test(arguments: [
        "", "wait", "wait=", "wait=-1", "wait=+1", "wait=1.5", "wait=x", "wait=٣", "waits=3", "x; wait=3", "wait:3",
        "foo=\"wait=3", "\"wait=3\"", "wait=\"3", "wait==3",
    ])
    func `anything else is ignored`(value: String) {
        #expect(Preference.wait(in: [.prefer: value], atMost: 20) == nil)
    }

    @Test func `without preferences there is no wait`() {
        #expect(Preference.wait(in: [:], atMost: 20) == nil)
    }
}

@Suite struct EntityTagTests {
    private let tag = EntityTag("abc")

    @Test(arguments: [
        ["\"abc\""], ["W/\"abc\""], ["*"], [" * "], ["\"x\", \"abc\""], ["\"x\",W/\"abc\" "], ["\"x\"", "\"abc\""],
        [",, \"abc\""], ["\"\", \"abc\""], ["\"a,b\", \"abc\""], ["\"\\\", \"abc\""],
    ])
    func `a listed tag matches`(values: [String]) {
        #expect(tag.matchesIfNoneMatch(in: HTTPFields(values.map { HTTPField(name: .ifNoneMatch, value: $0) })))
    }

    @Test(arguments: [
        "", "\"ABC\"", "abc", "\"abc", "\"abcd\"", "\"ab\"", "w/\"abc\"", "W/abc", "\"x\" *", "W/", "\"", "\"\"",
        "\"x\", abc",
    ])
    func `any other value does not match`(value: String) {
        #expect(!tag.matchesIfNoneMatch(in: [.ifNoneMatch: value]))
    }

    @Test(arguments: [[], ["*"], ["\"abc\""], ["\"x\", \"abc\""], ["\"x\"", "\"abc\""], ["W/\"x\", \"abc\""]])
    func `a request with a matching tag, or without a condition, may be executed`(values: [String]) {
        #expect(tag.satisfiesIfMatch(values))
    }

    @Test(arguments: [["\"x\""], [""], ["abc"], ["W/\"abc\""], ["\"ABC\""]])
    func `a request with another tag may not be executed; a weak tag is another one`(values: [String]) {
        #expect(!tag.satisfiesIfMatch(values))
    }

    @Test func `the tag of a content is the same for the same bytes only`() {
        #expect(EntityTag(ofContent: [1, 2]) == EntityTag(ofContent: [1, 2]))
        #expect(EntityTag(ofContent: [1, 2]) != EntityTag(ofContent: [2, 1]))
        #expect(EntityTag(ofContent: []).opaque.utf8.count == 32)
    }

    @Test func `without the field nothing matches`() {
        #expect(!tag.matchesIfNoneMatch(in: [:]))
        #expect(tag.headerValue == "\"abc\"")
    }
}

@Suite struct MediaTypeTests {
    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        "application/json ; Charset=\"utf-8\"", "application/json; profile=\"a;b\"", " application/json ;",
    ])
    func `JSON in UTF-8 is accepted`(value: String) throws {
        try MediaType.requireJSON(in: [.contentType: value])
    }

    @Test(arguments: [
        "", "text/json", "application/json5", "application/merge-patch+json", "application/jsonx", "json",
        "application/json; charset=utf-16", "application/json; charset", "application/json; charset=utf-8; charset=l1",
        "application/json, application/json", "*/*", "application /json", "application/x-www-form-urlencoded",
    ])
    func `any other type is refused`(value: String) {
        let problem = #expect(throws: Problem.self) { try MediaType.requireJSON(in: [.contentType: value]) }
        #expect(problem?.code == .unsupportedMediaType)
    }

    @Test func `a missing or repeated type is refused`() {
        for fields in [[:], fields(.contentType, "application/json", "application/json")] {
            let problem = #expect(throws: Problem.self) { try MediaType.requireJSON(in: fields) }
            #expect(problem?.code == .unsupportedMediaType)
        }
    }
}
