/// The three services, named as in routing keys and queue names (contract section 3).
public enum ServiceName: String, CaseIterable, Sendable, Codable {
    /// ApplicationService, which alone allocates spots.
    case application
    /// WaitlistService, which keeps the order and makes the offers.
    case waitlist
    /// NotifierService, which notifies the users.
    case notifier
}
