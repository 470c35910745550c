import Foundation
import Pages
import Testing
import Wording

@Suite struct GalleryTests {
    /// With `GALLERY=<folder>` the pages are written there, for people to look at and for the tests in a browser.
    @Test(arguments: Language.allCases)
    func `every page is written to the folder that GALLERY names`(language: Language) throws {
        let gallery = try Gallery(language)
        let names = gallery.entries.map(\.name)
        #expect(Set(names).count == names.count)
        guard let folder = ProcessInfo.processInfo.environment["GALLERY"] else { return }
        try gallery.write(to: URL(filePath: folder, directoryHint: .isDirectory))
    }

    @Test(arguments: Language.allCases)
    func `every page is well-formed, and its fields have labels`(language: Language) throws {
        let gallery = try Gallery(language)
        for entry in gallery.entries {
            let check = DocumentCheck(gallery.document(of: entry))
            #expect(check.faults == [], "\(entry.name)")
            #expect(check.elements.first?.attributes["lang"] == language.rawValue)
        }
    }

    @Test func `the check of documents finds what is wrong`() {
        let frame = { (content: String) in
            "<!DOCTYPE html>\n<html><title>t</title><main><h1>h</h1>\(content)</main></html>"
        }
        #expect(DocumentCheck(frame("<p id=\"a\">x</p>")).faults == [])
        let faulty = [
            "<p>", "</p>", "<b><i></b></i>", "<p id=\"a\"></p><p id=\"a\"></p>", "<input name=\"a\">", "<h1>x</h1>",
            "<a href=\"#b\">x</a>", "<p style=\"color: red\">x</p>", "<p role=\"alert\">x</p>", "<p a=b>x</p>",
            "<meta http-equiv=\"refresh\">", "<p aria-describedby=\"c\">x</p>", "<p x=\"1\" x=\"2\"></p>", "<p",
        ]
        for content in faulty { #expect(DocumentCheck(frame(content)).faults != [], "\(content)") }
    }

    @Test(arguments: Language.allCases)
    func `every placeholder of a text has its value`(language: Language) throws {
        let gallery = try Gallery(language)
        for entry in gallery.entries {
            let text = DocumentCheck(gallery.document(of: entry)).text
            #expect(!text.contains(/\{[a-zA-Z]+\}/), "\(entry.name)")
        }
    }

    /// Names of languages, zones and people are the same in both.
    @Test func `a page in English has no Russian words`() throws {
        let gallery = try Gallery(.en)
        for entry in gallery.entries {
            let text = DocumentCheck(gallery.document(of: entry)).text.replacing("Русский", with: "")
                .replacing("ёлка", with: "").replacing("ёж", with: "").replacing("чай", with: "")
            #expect(!text.contains(/\p{Cyrillic}/), "\(entry.name)")
        }
    }

    @Test func `a page in Russian has no English words`() throws {
        let gallery = try Gallery(.ru)
        let allowed: Set<String> = [
            "english", "europe", "asia", "moscow", "vladivostok", "moskow", "monaco", "utc", "script", "alert", "html",
            "csv",
        ]
        for entry in gallery.entries {
            let text = DocumentCheck(gallery.document(of: entry)).text
                .replacing(/&[a-z]+;/, with: " ").replacing(/7d0e7a52-1f5c/, with: "")
            let words = Set(text.matches(of: /[A-Za-z]{3,}/).map { $0.output.lowercased() })
            #expect(words.subtracting(allowed) == [], "\(entry.name)")
        }
    }
}
