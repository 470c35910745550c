/// `kind` of a notification (contract section 2; our addition).
public enum NotificationKind: String, CaseIterable, Sendable, Codable {
    /// A spot is available.
    case spotAvailable = "spot_available"
    /// Others got the spots.
    case notChosen = "not_chosen"
    /// The user has a spot.
    case confirmed
    /// The user is on the waiting list.
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
