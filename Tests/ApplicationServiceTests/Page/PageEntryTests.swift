import Contracts
import Crypto
import Ledger
import Pages
import TestSupport
import Testing
import Web

@testable import ApplicationService

/// A link to the page is signed, says everything itself, and works once.
@Suite struct PageEntryTests {
    private static let secret = SymmetricKey(data: Array("a secret of thirty-two bytes, at least".utf8))
    private static let now = Timestamp(milliseconds: 1_795_000_000_000)
    private let links = EntryLink(secret)

    private func entry(_ role: Visitor.Role = .volunteer, _ returnTo: String? = nil) -> PageEntry {
        PageEntry(
            role: role, id: .trusted("a b:1"), expiresAt: Self.now.advanced(by: PageEntry.lifetime),
            returnTo: returnTo.flatMap { ReturnAddress($0) })
    }

    private func code(_ entry: PageEntry) -> String {
        String(links.url(entry, at: "https://example.org").dropFirst("https://example.org/enter/".count))
    }

    @Test(arguments: [
        (Visitor.Role.volunteer, nil, "/"), (.fund, nil, "/calls"), (.fund, "/calls/7?a=1", "/calls/7?a=1"),
    ])
    func `a link says who enters and where it leads`(_ role: Visitor.Role, _ address: String?, _ target: String) throws
    {
        let entry = entry(role, address)
        let read = try #require(links.entry(of: code(entry), now: Self.now))
        #expect(read == entry && read.role == role && read.returnTo.text == target)
        #expect(code(self.entry(role, address)) != code(entry), "each link is another one")
    }

    @Test func `a link ends after its time`() {
        let end = Self.now.advanced(by: .seconds(60))
        let code = code(entry())
        #expect(links.entry(of: code, now: end.advanced(by: .milliseconds(-1))) != nil)
        #expect(links.entry(of: code, now: end) == nil)
    }

    @Test func `no other text is a link`() {
        let good = entry().text
        let signer = TextSigner(Self.secret, purpose: "entry")
        #expect(links.entry(of: signer.sign(good), now: Self.now) != nil)
        for text in [
            "", "x", TextSigner(Self.secret, purpose: "session").sign(good),
            TextSigner(SymmetricKey(size: .bits256), purpose: "entry").sign(good), signer.sign(""),
            signer.sign(good.replacing("volunteer", with: "service")), signer.sign(good + "\n"),
            signer.sign(good.replacing("\n/\n", with: "\n//example.org\n")),
        ] {
            #expect(links.entry(of: text, now: Self.now) == nil, "\(text)")
        }
    }

    @Test func `all codes of the same link are used with one of them`() throws {
        let entry = entry()
        let code = code(entry)
        let text = code.prefix { $0 != "." }
        // The last digit of base64 has bits that mean nothing.
        let variants = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".flatMap { digit in
            [code.dropLast() + String(digit), text.dropLast() + String(digit) + code.dropFirst(text.count)]
        }
        let valid = variants.compactMap { links.entry(of: String($0), now: Self.now) }
        #expect(valid.count >= 2)
        #expect(Set(valid.map(\.digest)) == [entry.digest])
    }

    @Test(arguments: [
        "/", "/calls", "/applications/7?operation=p00-1", "/a/../b", "/.", "/%5C%5Cexample.org", "/@example.org",
        "/?https://example.org", "/" + String(repeating: "x", count: 1_023),
    ])
    func `a path of this host is a return address`(_ text: String) {
        #expect(ReturnAddress(text)?.text == text)
    }

    @Test(arguments: [
        "", "calls", "//example.org", "///example.org", "/\\example.org", "\\\\example.org", "https://example.org",
        "https:/calls", "javascript:alert(1)", "/\t/example.org", "/a\nb", "/a\r\nSet-Cookie: x", "/a b", "/é", " /",
        "/\u{0}", "/" + String(repeating: "x", count: 1_024),
    ])
    func `nothing that could lead to another host is a return address`(_ text: String) {
        #expect(ReturnAddress(text) == nil)
    }

    @Test func `an entry is used once, and not after its time`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let digests = (1...2).map { _ in entry().digest }
            let end = fixture.clock.now.advanced(by: .seconds(60))
            func use(_ index: Int) async throws -> Bool {
                try await fixture.write { try UsedEntryStore($0).insert(digests[index], expiresAt: end) }
            }
            var uses = [try await use(0), try await use(0)]
            fixture.clock.advance(.milliseconds(59_999))
            uses.append(try await use(0))
            fixture.clock.advance(.milliseconds(1))
            uses.append(try await use(1))
            #expect(uses == [true, false, false, false])
        }
    }

    @Test func `expired entries are deleted, a few at a time`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            func use() async throws {
                try await fixture.write { transaction in
                    _ = try UsedEntryStore(transaction).insert(
                        entry().digest, expiresAt: transaction.now.advanced(by: .seconds(60)))
                }
            }
            func count() throws -> Int {
                try fixture.file.pointRead { try $0.row("SELECT count(*) FROM used_entry") { $0.int(0) } ?? 0 }
            }
            for _ in 1...25 { try await use() }
            #expect(try count() == 25)
            fixture.clock.advance(.seconds(60))
            try await use()
            #expect(try count() == 16)
            #expect(try await fixture.write { try UsedEntryStore($0).deleteExpired(limit: 500) } == 15)
            #expect(try count() == 1)
        }
    }
}
