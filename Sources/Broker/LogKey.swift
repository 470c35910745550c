/// The keys of this library's log metadata.
enum LogKey {
    /// The connection's name at the broker.
    static let connection = "connection"
    static let endpoint = "endpoint"
    static let error = "error"
    static let reason = "reason"
}
