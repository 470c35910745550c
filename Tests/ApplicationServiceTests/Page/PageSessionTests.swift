import Contracts
import Crypto
import HTTPTypes
import Hummingbird
import Pages
import Testing
import Web

@testable import ApplicationService

/// Sessions are stored only in cookies, which anyone may write: what `PAGE_SECRET` has not signed is no session.
@Suite struct PageSessionTests {
    private static let secret = SymmetricKey(data: Array("a secret of thirty-two bytes, at least".utf8))
    private static let now = Timestamp(milliseconds: 1_795_000_000_000)
    private let sessions = SessionCookie(secret)

    private func session(_ role: Visitor.Role = .volunteer, _ id: ID = .trusted("789")) -> PageSession {
        PageSession(role: role, id: id, expiresAt: Self.now.advanced(by: PageSession.lifetime))
    }

    /// The value of the cookie of a session.
    private func value(_ session: PageSession) throws -> String {
        let field = sessions.field(session, now: Self.now)
        let value = try #require(field.split(separator: ";").first?.split(separator: "=", maxSplits: 1).last)
        return String(value)
    }

    private func read(_ cookies: String..., now: Timestamp = now) -> PageSession? {
        sessions.session(of: .page("/", cookies.map { (HTTPField.Name.cookie, $0) }), now: now)
    }

    @Test(arguments: Visitor.Role.allCases, ["789", "a:b 1", "ÿ̈.=;", String(repeating: "x", count: 128)])
    func `a session is read as it was written`(_ role: Visitor.Role, _ id: String) throws {
        let session = session(role, .trusted(id))
        #expect(read("__Host-session=\(try value(session))") == session)
        #expect(session.caller.name.string == "\(role.rawValue):\(id)")
    }

    @Test func `the cookie is only for this host, its scripts cannot read it, and it lasts for 12 hours`() throws {
        let field = sessions.field(session(), now: Self.now)
        #expect(
            field
                == "__Host-session=\(try value(session())); Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax")
        #expect(
            SessionCookie.cleared == "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax")
    }

    @Test func `a session ends after 12 hours`() throws {
        let cookie = "__Host-session=\(try value(session()))"
        let end = Self.now.advanced(by: PageSession.lifetime)
        #expect(read(cookie, now: end.advanced(by: .milliseconds(-1))) != nil)
        #expect(read(cookie, now: end) == nil)
    }

    @Test func `no other text is a session`() throws {
        let good = try value(session())
        let parts = good.split(separator: ".").map(String.init)
        let other = Base64URL.encoded(session(.fund).text.utf8)
        let signer = TextSigner(Self.secret, purpose: "session")
        var forged = [
            "", ".", "..", "x", parts[0], "\(parts[0]).", ".\(parts[1])", "\(other).\(parts[1])", "\(good).",
            "\(good)A",
            " \(good)", "\"\(good)\"", String(repeating: "A", count: 8_000) + ".\(parts[1])", "\(parts[0]).%00",
            // Signed with another secret, or for another purpose.
            TextSigner(SymmetricKey(size: .bits256), purpose: "session").sign(session().text),
            TextSigner(Self.secret, purpose: "entry").sign(session().text),
            // Signed, but not what this program writes.
            signer.sign(""), signer.sign("volunteer:1"), signer.sign("x volunteer:1"),
            signer.sign("\(Int64.max) service:1"), signer.sign("\(Int64.max) service"),
            signer.sign("\(Int64.max) volunteer"), signer.sign("\(Int64.max) volunteer:"),
            signer.sign("\(Int64.max) admin:1"),
        ]
        // Any digit changed; the last of each part has bits that mean nothing.
        for index in good.indices where good[index] != "." && good.index(after: index) != good.endIndex {
            var changed = good
            changed.replaceSubrange(index...index, with: good[index] == "A" ? "B" : "A")
            let isLastOfText = good[good.index(after: index)] == "."
            if !isLastOfText { forged.append(changed) }
        }
        for text in forged { #expect(read("__Host-session=\(text)") == nil, "\(text)") }
        #expect(read() == nil)
    }

    @Test func `further cookies do no harm`() throws {
        let good = try value(session())
        let large = String(repeating: "x", count: 6_000)
        #expect(read("a=1; __Host-session=\(good);b=2") == session())
        #expect(read("__Host-session=old; __Host-session=\(good)") == session())
        #expect(read("__Host-session=\(large)", "__Host-session=\(good)") == session())
        #expect(read("; ;=;x; __Host-session; __Host-session=\(good)") == session())
        #expect(read("session=\(good); __host-session=\(good); x__Host-session=\(good)") == nil)
    }
}

extension Request {
    /// A request for the page.
    static func page(
        _ path: String, method: HTTPRequest.Method = .get, authority: String? = "127.0.0.1:8080",
        _ fields: [(HTTPField.Name, String)] = []
    ) -> Request {
        var headers = HTTPFields()
        for (name, value) in fields { headers.append(HTTPField(name: name, value: value)) }
        return Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: authority, path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
    }
}
