import Contracts
import Crypto
import Foundation
import Pages
import Web

/// What a link for entering the page says: who enters, until when the link can be used, and where it leads.
struct PageEntry: Sendable, Hashable {
    /// Of the links that the API makes: the platform leads the visitor there at once.
    static let lifetime: Duration = .seconds(60)

    let role: Visitor.Role
    let id: ID
    let expiresAt: Timestamp
    let returnTo: ReturnAddress
    /// Makes each link another one.
    private let nonce: String

    /// - Parameter returnTo: nil for the page where the role begins.
    init(role: Visitor.Role, id: ID, expiresAt: Timestamp, returnTo: ReturnAddress? = nil) {
        self.role = role
        self.id = id
        self.expiresAt = expiresAt
        self.returnTo = returnTo ?? ReturnAddress(startOf: role)
        nonce = Base64URL.encoded((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// Nil for a text that no entry has.
    init?(parsing text: String) {
        // An id may have spaces, but no control characters.
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 3, let session = PageSession(parsing: String(parts[0])),
            let returnTo = ReturnAddress(String(parts[1]))
        else { return nil }
        role = session.role
        id = session.id
        expiresAt = session.expiresAt
        self.returnTo = returnTo
        nonce = String(parts[2])
    }

    var text: String {
        "\(PageSession(role: role, id: id, expiresAt: expiresAt).text)\n\(returnTo.text)\n\(nonce)"
    }

    /// What is stored when the link is used. It is the digest of what is signed, because more than one code can stand
    /// for the same bytes.
    var digest: [UInt8] { Array(SHA256.hash(data: Data(text.utf8))) }
}
