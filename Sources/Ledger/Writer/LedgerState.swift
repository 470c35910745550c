import Contracts

/// What the writer keeps in memory of its file. A transaction works on a copy that replaces it when it has
/// committed, so that memory and file never disagree.
struct LedgerState: Sendable {
    struct OutStream: Sendable {
        let id: Int64
        var head: Int64
        /// All up to here the broker has.
        var confirmed: Int64
        /// Of the message before: a stream mostly carries the same kind of message again.
        private var lastKey: (action: Action, key: String)?

        init(id: Int64, head: Int64 = 0, confirmed: Int64 = 0) {
            self.id = id
            self.head = head
            self.confirmed = confirmed
        }

        mutating func routingKey(for action: Action, to consumer: Address) -> String {
            if let lastKey, lastKey.action == action { return lastKey.key }
            let key = consumer.routingKey(for: action)
            lastKey = (action, key)
            return key
        }
    }

    var gates: [StreamName: StreamReceiver] = [:]
    var outStreams: [OutboxStreamName: OutStream] = [:]
    /// Keys of messages that wait in the file, with how many wait; as ids, which are equal by their bytes.
    var heldKeys: [ID: Int] = [:]
    var counters = Counters()
    var hasWork = false
    /// The work that had its step last: the next transaction goes on behind it, so that all get their turn.
    var lastWork: Int64 = 0
    /// After a step that failed, work rests for a moment.
    var workRestsUntil: Timestamp?
    var lastMaintenance: Timestamp?
    /// How many messages that waited when the consumer's link opened have not come yet; nil while there is no link.
    var unread: Int?
    var lastInputAt: Timestamp?
    /// How many timers the handler lets fire in a transaction just now.
    var timerLimit = Int.max
    /// When the earliest timer or retry falls due.
    var nextDue: Timestamp?

    /// The streams that have more messages than they had.
    func advanced(since before: LedgerState) -> [AdvancedStream] {
        outStreams.compactMap { name, stream in
            stream.head == before.outStreams[name]?.head
                ? nil : AdvancedStream(id: stream.id, name: name, head: stream.head)
        }
    }
}

/// The durable counters: what came in is applied, refused, parked, deduplicated, or waits in the file.
package enum CounterName: Int, Sendable, CaseIterable {
    /// Messages taken from the broker for good: acked after the commit that counts them here.
    case accepted
    case applied
    case refused
    case parked
    case deduplicated
    /// Put aside to wait in the file; counted again as applied, refused or discarded when they leave it.
    case held
    case discarded
    /// Dropped because one before it was missing; the producer sends it again.
    case gaps
    /// Went on to the outbox for a partition of another process.
    case forwarded
    /// Notifications given to users.
    case notified
    /// Reminders among them.
    case reminded
    /// Reminders whose start had passed before anybody could send them.
    case missed
    /// Offers sent to volunteers, those sent again with a new end included.
    case offers

    /// What the file, the metrics and the subcommands call it.
    package var name: String { "\(self)" }
}

/// What the counters stand at, by their place: every message counts a few times.
struct Counters: Sendable {
    private var values = [Int64](repeating: 0, count: CounterName.allCases.count)

    subscript(counter: CounterName) -> Int64 {
        get { values[counter.rawValue] }
        set { values[counter.rawValue] = newValue }
    }
}
