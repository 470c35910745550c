import Contracts
import Foundation
import Pages
import Wording

/// Every page in every state, as people and the tests in a browser look at them.
struct Gallery {
    struct Entry: Sendable {
        /// `call-offered`: the page and its state.
        var name: String
        var page: any Page
        var visitor: Visitor?
        var address: String
        var loginURL: String?

        init(_ name: String, _ page: any Page, as visitor: Visitor?, at address: String, loginURL: String? = nil) {
            self.name = name
            self.page = page
            self.visitor = visitor
            self.address = address
            self.loginURL = loginURL
        }
    }

    let language: Language
    let texts: PageTexts

    init(_ language: Language) throws {
        self.language = language
        texts = try PageTexts(language)
    }

    var entries: [Entry] { volunteerEntries + fundEntries + accountEntries }

    /// Wednesday, 2026-12-02, 12:00 in Moscow.
    static let now = Timestamp(milliseconds: 1_796_202_000_000)

    func context(of entry: Entry) -> PageContext {
        PageContext(
            visitor: entry.visitor, address: entry.address, texts: texts, zoneName: "Europe/Moscow",
            zone: CivilClock.zone(named: "Europe/Moscow") ?? .gmt, now: Self.now, loginURL: entry.loginURL)
    }

    func document(of entry: Entry) -> String {
        String(decoding: entry.page.document(in: context(of: entry)), as: UTF8.self)
    }

    /// Writes the pages to `<folder>/<language>/<name>.html`, and the files that they load to `<folder>/assets`.
    func write(to folder: URL) throws {
        let pages = folder.appending(path: language.rawValue)
        try FileManager.default.createDirectory(at: pages, withIntermediateDirectories: true)
        for entry in entries {
            try Data(document(of: entry).utf8).write(to: pages.appending(path: "\(entry.name).html"))
        }
        let assets = folder.appending(path: "assets")
        try FileManager.default.createDirectory(at: assets, withIntermediateDirectories: true)
        for asset in Asset.all { try Data(asset.content).write(to: folder.appending(path: asset.path)) }
    }

    /// The text in the gallery's language: what a fund has written.
    func said(ru: String, en: String) -> String { language == .ru ? ru : en }
}
