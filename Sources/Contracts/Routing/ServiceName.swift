/// The three services, named as in routing keys and queue names (contract section 3).
public enum ServiceName: String, CaseIterable, Sendable, Codable {
    /// ApplicationService, which alone allocates spots.
    case application
    /// WaitlistService, which keeps the order and makes the offers.
    case waitlist
    /// NotifierService, which notifies the users.
    case notifier

    /// The queue of one of the service's processes, by which partitions are moved to it.
    /// - Parameter process: its name (`PROCESS_NAME`).
    public func processQueue(of process: String) -> String { "\(rawValue).process.\(process)" }
}
