import Contracts
import Pages
import Testing
import Wording

/// The forms of funds: what they show, and what they send.
@Suite struct FundFormTests {
    private let gallery: Gallery

    init() throws { gallery = try Gallery(.en) }

    @Test func `the form of a change has the values of the call`() {
        let fields = fields(of: FundCallPage(call: gallery.call, form: FormValues()))
        #expect(fields["name"] == gallery.call.name)
        #expect(fields["date"] == "2026-12-09")
        #expect(fields["start"] == "14:00")
        #expect(fields["end"] == "18:00")
        #expect(fields["time_zone"] == "Europe/Moscow")
        #expect(fields["spots"] == "5")
        #expect(fields["tag"] == "&quot;3&quot;")
    }

    @Test func `what was typed is kept, also if it was emptied`() {
        let form = FormValues(["name": "<b>", "spots": ""], errors: ["spots": "bad_value"])
        let fields = fields(of: FundCallPage(call: gallery.call, form: form))
        #expect(fields["name"] == "&lt;b&gt;")
        #expect(fields["spots"] == "")
        #expect(fields["date"] == "2026-12-09")
    }

    @Test func `a start with seconds keeps them`() {
        var call = gallery.call
        call.schedule.startTime = CivilTime(hour: 14, minute: 0, second: 30) ?? call.schedule.startTime
        #expect(fields(of: FundCallPage(call: call, form: FormValues()))["start"] == "14:00:30")
    }

    @Test func `a new call is in the visitor's time zone`() {
        let fields = fields(of: NewCallPage(form: FormValues(), key: FormKey("k")))
        #expect(fields["time_zone"] == "Europe/Moscow")
        #expect(fields["key"] == "k")
    }

    @Test func `an error says what the field must look like, and the summary leads to it`() {
        let form = FormValues(
            ["spots": "0", "date": ""], errors: ["spots": "bad_value", "date": "bad_value", "": "unavailable"])
        let document = document(of: NewCallPage(form: form, key: FormKey("k")))
        #expect(document.contains("<title>Error: New call"))
        #expect(document.contains("<a href=\"#field-spots\">Spots: Please write a whole number from 1 to 100,000.</a>"))
        #expect(document.contains("<a href=\"#field-date\">Date: Please fill in this field.</a>"))
        #expect(document.contains("That does not work right now."))
    }

    @Test func `the review sends exactly what was changed, and that it was seen`() {
        var changedCall = gallery.call
        changedCall.spots = 8
        changedCall.details = "a\n\"b\""
        let changed = FormValues(["spots": "8", "details": "a\n\"b\"", "unknown": "x"])
        let page = ReviewPage(call: gallery.call, changed: changed, changedCall: changedCall, key: FormKey("k"))
        #expect(
            fields(of: page) == [
                "spots": "8", "details": "a\n&quot;b&quot;", "tag": "&quot;3&quot;", "confirmed": "1", "key": "k",
            ])
    }

    @Test(arguments: Language.allCases)
    func `forms are not in live regions, and counts are`(language: Language) throws {
        let gallery = try Gallery(language)
        for entry in gallery.fundEntries {
            let document = gallery.document(of: entry)
            for region in document.matches(
                of: /<section id="[a-z]+" data-live="[^"]*">.*?<\/section>/.dotMatchesNewlines())
            {
                #expect(!region.output.contains("<form"), "\(entry.name)")
            }
            if entry.name.hasPrefix("fund-call-") { #expect(document.contains("<section id=\"counts\" data-live=\"")) }
        }
    }

    @Test func `what cannot be done has no form`() throws {
        for name in ["call-cancelled", "person-declined", "person-started", "cancellation-again"] {
            let entry = try #require(gallery.fundEntries.first { $0.name == "fund-\(name)" })
            // The one to sign out is on every page.
            #expect(gallery.document(of: entry).matches(of: /<form/).count == 1, "\(name)")
        }
    }

    private func document(of page: any Page) -> String {
        gallery.document(of: Gallery.Entry("x", page, as: Gallery.fund, at: "/calls/42"))
    }

    /// The values of inputs by their names, as they are in the document.
    private func fields(of page: any Page) -> [String: String] {
        var fields: [String: String] = [:]
        for element in DocumentCheck(document(of: page)).elements where element.name == "input" {
            if let name = element.attributes["name"] { fields[name] = element.attributes["value"] }
        }
        return fields
    }
}
