/// The kinds of this service's timers, as rows hold them.
enum TimerKind: String {
    /// An application starts; the key is its id.
    case start
    /// Old operations and idempotency records are deleted. There is always one, set first by the migration.
    case deleteOldOperations = "forget-operations"
}
