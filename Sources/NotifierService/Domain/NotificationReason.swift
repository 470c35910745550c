package import Contracts

/// Why a user is written to, and what the text needs to know beyond the application.
package enum NotificationReason: Sendable, Hashable {
    case confirmed
    case waiting(position: Int?)
    case offered(until: Timestamp)
    /// A spot that anyone may take.
    case openToAll
    case notChosen
    case cancelled(reason: String?)
    case refused(reason: String?)
    /// The name, the date, the times or the zone are others than the user was told. `oldName`: where the name is.
    case changed(oldName: String?)
    case reminder

    package var kind: NotificationKind {
        switch self {
        case .confirmed: .confirmed
        case .waiting: .waiting
        case .offered, .openToAll: .spotAvailable
        case .notChosen: .notChosen
        case .cancelled: .cancelled
        case .refused: .refused
        case .changed: .changed
        case .reminder: .reminder
        }
    }
}
