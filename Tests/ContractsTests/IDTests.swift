import Contracts
import Testing

@Suite struct `Ids` {
    @Test func `ids are equal if their bytes are`() throws {
        let composed = try ID("\u{e9}")
        let decomposed = try ID("e\u{301}")
        #expect(composed.string == decomposed.string, "equal as Swift strings")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
        #expect(decomposed < composed)
        #expect(!(composed < decomposed))
        #expect(try ID("456") == ID(number: 456))
        #expect(try ID("456").hashValue == ID.trusted("456").hashValue)
    }

    @Test func `exact strings are equal and ordered by bytes`() {
        let composed: ExactString = "\u{e9}"
        let decomposed = ExactString("e\u{301}")
        #expect(composed.string == decomposed.string, "equal as Swift strings")
        #expect(composed != decomposed && decomposed < composed && !(composed < decomposed))
        #expect(Set([composed, decomposed, composed]).count == 2)
        #expect([decomposed: 1][ExactString("e\u{301}")] == 1 && "\(decomposed)" == "e\u{301}")
    }

    @Test func `ids are ordered by bytes`() throws {
        let sorted = try ["a", "Z", "10", "9", "я", "😀", "ａ"].map { try ID($0) }.sorted()
        #expect(sorted.map(\.string) == ["10", "9", "Z", "a", "я", "ａ", "😀"])
    }

    @Test(arguments: ["0", "1", "456", "999999999999999", "100000000000000"])
    func `an id of 1 to 15 digits without leading zeros is written as a number`(text: String) throws {
        #expect(try ID(text).isWrittenAsNumber)
        #expect(try body(text).contains(#""volunteer_application_id":\#(text)}"#))
    }

    @Test(arguments: ["00", "01", "1000000000000000", "-1", "1.5", "1e3", "x", "４５６", "٣", " 1", "+1"])
    func `any other id is written as a string`(text: String) throws {
        #expect(try !ID(text).isWrittenAsNumber)
        #expect(try body(text).contains(#""volunteer_application_id":"\#(text)"}"#))
    }

    private func body(_ id: String) throws -> String {
        let bytes = Message.cancel(CancelVolunteerApplication(applicationID: try ID(id))).encoded()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        "", String(repeating: "a", count: 129), String(repeating: "я", count: 65), "a*", "#", "\u{0}", "\u{1f}",
        "\u{7f}",
        "\u{80}", "\u{85}", "a\u{9f}", "\n",
    ])
    func `an invalid id is rejected`(text: String) {
        #expect(ID(validating: text) == nil)
        #expect(throws: MessageError.self) { try ID(text) }
    }

    @Test(arguments: [
        "a", String(repeating: "a", count: 128), String(repeating: "я", count: 64), " ", "a b", "\u{a0}", "Р",
        "а.б>в/\"\\",
        "\u{200b}", "\u{2028}",
    ])
    func `any other text is an id`(text: String) throws {
        #expect(ID(validating: text)?.string == text)
        #expect(try "\(ID(text))" == text)
        #expect(ID.trusted(text) == ID(validating: text))
    }

    @Test func `number ids are from 0 to below 10 to the 15th`() {
        #expect(ID(number: -1) == nil)
        #expect(ID(number: 0)?.string == "0")
        #expect(ID(number: 999_999_999_999_999)?.string == "999999999999999")
        #expect(ID(number: 1_000_000_000_000_000) == nil)
        #expect(ID(number: .max) == nil)
        #expect(ID(number: .min) == nil)
    }
}
