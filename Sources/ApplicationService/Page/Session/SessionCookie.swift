import Contracts
import Crypto
import Hummingbird

/// Keeps a session in the visitor's browser, signed. The prefix `__Host-` makes the browser refuse the cookie from any
/// other host, and without `Secure`.
struct SessionCookie: Sendable {
    static let name = "__Host-session"
    /// Ends the session in the browser.
    static let cleared = Cookie.field(name, "", lifetime: .zero)

    private let signer: TextSigner

    /// - Parameter secret: `PAGE_SECRET`.
    init(_ secret: SymmetricKey) {
        signer = TextSigner(secret, purpose: "session")
    }

    /// The value of `Set-Cookie`.
    func field(_ session: PageSession, now: Timestamp = .now()) -> String {
        Cookie.field(Self.name, signer.sign(session.text), lifetime: session.expiresAt - now)
    }

    /// The visitor's session; nil if the request has none that is valid.
    func session(of request: Request, now: Timestamp = .now()) -> PageSession? {
        for value in Cookie.values(of: Self.name, in: request.headers) {
            if let session = signer.text(of: value).flatMap(PageSession.init(parsing:)), session.expiresAt > now {
                return session
            }
        }
        return nil
    }
}
