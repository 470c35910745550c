package import Contracts

/// Who is calling, as the token said it.
package struct Caller: Sendable, Hashable {
    package let role: Role
    /// The token's `sub`; nil only behind an open door, where nobody is asked.
    package let id: ID?

    package init(role: Role, id: ID?) {
        self.role = role
        self.id = id
    }

    /// The token's `role`.
    package enum Role: String, CaseIterable, Sendable {
        /// Its own applications and their responses.
        case fund
        /// All open applications; its own responses and operations.
        case volunteer
        /// Everything.
        case service
    }

    /// `fund:456`, or `service` behind an open door: whose requests are counted, and whose idempotency keys those are.
    package var name: String {
        id.map { "\(role.rawValue):\($0)" } ?? role.rawValue
    }
}
