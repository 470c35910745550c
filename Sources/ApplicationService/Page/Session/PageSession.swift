import Contracts
import Pages
import Web

/// Who is signed in, and until when. It is stored only in the visitor's cookie.
struct PageSession: Sendable, Hashable {
    static let lifetime: Duration = .seconds(12 * 3600)

    let role: Visitor.Role
    let id: ID
    let expiresAt: Timestamp

    init(role: Visitor.Role, id: ID, expiresAt: Timestamp) {
        self.role = role
        self.id = id
        self.expiresAt = expiresAt
    }

    /// Nil for a text that no session has.
    init?(parsing text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let milliseconds = Int64(parts[0]), let caller = Caller(name: String(parts[1])),
            let role = Visitor.Role(rawValue: caller.role.rawValue), let id = caller.id
        else { return nil }
        self.init(role: role, id: id, expiresAt: Timestamp(milliseconds: milliseconds))
    }

    var text: String { "\(expiresAt.milliseconds) \(caller.name.string)" }

    /// The visitor as a caller of the API.
    var caller: Caller {
        switch role {
        case .volunteer: Caller(role: .volunteer, id: id)
        case .fund: Caller(role: .fund, id: id)
        }
    }

    var visitor: Visitor { Visitor(role: role, id: id) }
}
