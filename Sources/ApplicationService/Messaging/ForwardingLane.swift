import Contracts
import DequeModule
import Ledger

/// What the owner of the ingress has taken for one other partition, without I/O. It is passed on in the order of
/// arrival, in one message at a time, so that the broker cannot change the order when it refuses a message.
struct ForwardingLane {
    struct Entry {
        let inbound: InboundMessage
        let ackToken: AckToken
    }

    /// How the partition gets its commands.
    enum Mode {
        case forwarding
        /// They wait, because the process is about to decide them itself (``CommandForwarder``).
        case held
        /// This process decides them.
        case direct(LedgerWriter)
        /// The partition's queue does not take them: they go through the outbox.
        case stored
    }

    let address: Address
    var mode = Mode.forwarding
    private var waiting: Deque<Entry> = []
    /// The commands of the message that was published and has no outcome yet.
    private var inFlight: [Entry] = []
    private var failures = 0
    private var failingSince: ContinuousClock.Instant?
    private var retryAt: ContinuousClock.Instant?

    /// How long the queue may nack before the commands go through the outbox.
    static let longestFailure: Duration = .seconds(5)
    private static let backoff: [Duration] = [.milliseconds(100), .milliseconds(200), .milliseconds(500), .seconds(1)]

    init(to address: Address) { self.address = address }

    mutating func append(_ entry: Entry) { waiting.append(entry) }

    var isPublishing: Bool { !inFlight.isEmpty }

    /// Whether a message can be published now.
    func isDue(now: ContinuousClock.Instant) -> Bool {
        guard case .forwarding = mode else { return false }
        return !waiting.isEmpty && inFlight.isEmpty && retryAt.map { $0 <= now } ?? true
    }

    /// The next message, if one can be published now: it is in flight from then on.
    mutating func next(now: ContinuousClock.Instant) -> ForwardedCommands? {
        guard isDue(now: now) else { return nil }
        var bytes = 0
        while let entry = waiting.first, inFlight.count < Limits.forwardedCommands.upperBound {
            // The broker delivers the others again.
            if entry.ackToken.target.isCurrent {
                bytes += entry.inbound.delivery.body.count
                if !inFlight.isEmpty, bytes > Limits.forwardedCommandsBytes { break }
                inFlight.append(entry)
            }
            waiting.removeFirst()
        }
        return inFlight.isEmpty ? nil : ForwardedCommands(commands: inFlight.map { ForwardedCommand($0.inbound) })
    }

    /// The broker has the message.
    /// - Returns: the deliveries to be acked.
    mutating func confirmed() -> [AckToken] {
        defer { inFlight.removeAll(keepingCapacity: true) }
        (failures, failingSince, retryAt) = (0, nil, nil)
        return inFlight.map(\.ackToken)
    }

    /// The queue did not take the message.
    /// - Returns: whether that has lasted for too long.
    mutating func failed(now: ContinuousClock.Instant) -> Bool {
        putBack()
        let since = failingSince ?? now
        failingSince = since
        retryAt = now.advanced(by: Self.backoff[min(failures, Self.backoff.count - 1)])
        failures += 1
        return now - since >= Self.longestFailure
    }

    /// The outcome is unknown: the message is published again.
    mutating func putBack() {
        waiting.prepend(contentsOf: inFlight)
        inFlight.removeAll(keepingCapacity: true)
    }

    /// Everything that waits, from the first.
    mutating func takeAll() -> [Entry] {
        putBack()
        defer { waiting.removeAll() }
        return waiting.filter(\.ackToken.target.isCurrent)
    }
}

extension ForwardedCommand {
    init(_ inbound: InboundMessage) {
        self.init(
            message: inbound.message, messageID: inbound.delivery.messageID,
            digest: inbound.digest.map { Hexadecimal.digits(of: $0) },
            traceparent: inbound.delivery.traceparent.flatMap { Traceparent($0) == nil ? nil : $0 })
    }
}
