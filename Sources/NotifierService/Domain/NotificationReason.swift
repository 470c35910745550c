package import Contracts

/// Why a user is notified, with what the text needs beyond the application itself.
package enum NotificationReason: Sendable, Hashable {
    case confirmed
    case waiting(position: Int?)
    case offered(until: Timestamp)
    /// Anyone may take the free spot.
    case openToAll
    case notChosen
    case cancelled(reason: String?)
    /// `reason` is a ``RefusalReason`` or text of the sender. `comment` is what the organiser wrote when
    /// removing the user.
    case refused(reason: String?, comment: String? = nil)
    /// The name or the schedule differs from what the user was told. `oldName` is set if the name differs.
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
