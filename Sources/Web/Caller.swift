package import Contracts

/// The authenticated caller of a request.
package struct Caller: Sendable, Hashable {
    package let role: Role
    /// The token's `sub`; nil when authentication is disabled.
    package let id: ID?

    package init(role: Role, id: ID?) {
        self.role = role
        self.id = id
    }

    /// The token's `role`, and what it may access (contract section 8).
    package enum Role: String, CaseIterable, Sendable {
        /// Its own applications and their responses.
        case fund
        /// All open applications; its own responses and operations.
        case volunteer
        /// Everything.
        case service
    }

    /// `fund:456`, or `service` when authentication is disabled. Rate limits and idempotency keys are per name.
    package var name: ExactString {
        ExactString(id.map { "\(role.rawValue):\($0)" } ?? role.rawValue)
    }

    /// The name under which a caller's share of a resource is counted; nil for `service`, which acts for many people.
    package var limitedName: ExactString? { role == .service ? nil : name }
}
