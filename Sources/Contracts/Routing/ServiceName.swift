/// The three services, by the word that routing keys and queues use (contract section 3).
public enum ServiceName: String, CaseIterable, Sendable, Codable {
    /// ApplicationService, the one gate for spots.
    case application
    /// WaitlistService, which keeps the order and makes the offers.
    case waitlist
    /// NotifierService, which tells the users.
    case notifier
}
