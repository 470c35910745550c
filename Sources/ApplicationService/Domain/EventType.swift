package import Contracts

/// What webhook endpoints can be told of (contract section 8).
package enum EventType: Sendable, Hashable, CaseIterable {
    /// A command of the caller has ended.
    case operationCompleted
    /// A volunteer of one of the caller's applications was notified.
    case notification(NotificationKind)

    package static let allCases = [.operationCompleted] + NotificationKind.allCases.map(EventType.notification)

    /// As it stands in the event's `type`.
    package var name: String {
        switch self {
        case .operationCompleted: "operation.completed"
        case .notification(let kind): "notification.\(kind.rawValue)"
        }
    }

    /// Nil for a name that no event has.
    package init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }
}
