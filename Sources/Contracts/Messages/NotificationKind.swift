/// `kind` of a notification (contract section 2; ours).
public enum NotificationKind: String, CaseIterable, Sendable, Codable {
    /// A spot is to be had.
    case spotAvailable = "spot_available"
    /// Somebody else got it.
    case notChosen = "not_chosen"
    /// Has a spot.
    case confirmed
    /// Is on the waiting list.
    case waiting
    /// The application was cancelled.
    case cancelled
    /// The response was refused.
    case refused
    /// The application's name, date, times or zone changed.
    case changed
    /// The application starts soon.
    case reminder
}
