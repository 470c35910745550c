import Testing

@testable import Web

/// The part of a list, as one process sends it to another.
@Suite struct ListPartTests {
    private static func item(_ place: String, _ json: String) -> ListPart.Item {
        ListPart.Item(place: place, json: Array(json.utf8))
    }

    @Test(arguments: [
        ListPart(), ListPart(end: "3 4"), ListPart(items: [item("1 2", "{\"a\":\"\\t\\n\"}")]),
        ListPart(items: [item("-1 2", "{}"), item("5 6", "{\"имя\":\"🧹\"}")], end: "5 6"),
    ])
    func `a part is read as it was written`(part: ListPart) {
        #expect(ListPart(parsing: String(decoding: part.encoded(), as: UTF8.self)) == part)
    }

    @Test func `another text is no part`() {
        #expect(ListPart(parsing: "{\"items\":[]}") == nil)
    }

    @Test func `a part of many bytes ends after the last item that fits, and has one at least`() {
        let long = String(repeating: "a", count: ListPart.maxBytes / 2)
        let part = ListPart(items: [Self.item("1", long), Self.item("2", long), Self.item("3", "{}")], end: "9")
        #expect(part.bounded() == ListPart(items: [Self.item("1", long), Self.item("2", long)], end: "2"))
        let huge = ListPart(items: [Self.item("1", long + long + "a"), Self.item("2", "{}")])
        #expect(huge.bounded() == ListPart(items: [Self.item("1", long + long + "a")], end: "1"))
        let small = ListPart(items: [Self.item("1", "{}")], end: "1")
        #expect(small.bounded() == small)
    }
}
