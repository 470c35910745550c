package import Contracts
package import OrderedCollections

/// The state of the outbox relay, without I/O: per stream what was sent, what is confirmed without a gap, and the
/// backoff after a nack.
package struct RelayState: Sendable {
    package typealias PublishID = UInt64

    package struct OutboxStream: Sendable {
        package let id: Int64
        package let name: OutboxStreamName
        package let epoch: Int64
        /// What is added to a message's number to get `outbox.seq`.
        package let base: Int64
        package var head: Int64
        /// All messages up to here are confirmed.
        package var confirmed: Int64
        /// All messages up to here were published on this channel.
        var sent: Int64
        /// All messages up to here may have been published, on any channel, also before this process.
        var published: Int64
        /// Messages confirmed before an earlier one.
        var confirmedAhead: Set<Int64> = []
        /// Incremented when the stream is rewound: outcomes of earlier publishes are ignored then. The consumer drops
        /// every message behind a gap, so all of them must be sent again, confirmed or not.
        var generation = 0
        var failures = 0
        var backoffUntil: Timestamp?
        /// Since when every message or head has been nacked or returned on this channel.
        var failingSince: Timestamp?
        /// How long it may fail before the channel is opened again.
        var reopenAfter = RelayState.initialReopenTime
        /// What was published on this channel and has no outcome yet.
        var inFlight = FlightSize()
        /// Nil for an external stream, whose consumers do not count.
        var handshake: StreamHandshake?

        package init(
            id: Int64, name: OutboxStreamName, epoch: Int64, base: Int64 = 0, head: Int64, confirmed: Int64
        ) {
            self.id = id
            self.name = name
            self.epoch = epoch
            self.base = base
            self.head = head
            self.confirmed = confirmed
            sent = confirmed
            published = head
        }
    }

    /// Consecutive numbers of one stream that may be published now.
    package struct OutboxRange: Sendable, Hashable {
        package let stream: Int64
        package let name: OutboxStreamName
        package let epoch: Int64
        package let base: Int64
        package let first: Int64
        package let last: Int64
    }

    private struct InFlight: Sendable {
        let stream: Int64
        let seq: Int64
        let generation: Int
        let bytes: Int
    }

    /// By the stream's row id.
    package internal(set) var streams: OrderedDictionary<Int64, OutboxStream> = [:]
    private var lastServed = 0
    private var inFlight: [PublishID: InFlight] = [:]
    /// The streams whose heads are in flight.
    var headsInFlight: [PublishID: Int64] = [:]
    var nextPublishID: PublishID = 1
    var movedStreams: Set<Int64> = []
    /// Makes the handshakes of this process differ from those of any other.
    let seed: UInt64
    var handshakes = 0

    /// Between 0.1 s and 10 s: a full or missing queue is retried soon, but not in a busy loop.
    static let backoff: [Duration] = [
        .milliseconds(100), .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
    ]

    /// How long a stream may be nacked or returned without interruption before the channel is opened again. The time
    /// doubles with each opening that did not help, for example because the consumer's queue does not exist yet.
    package static let initialReopenTime: Duration = .seconds(5)
    package static let maxReopenTime: Duration = .seconds(300)

    /// Without another one.
    package static let defaultLimit = FlightSize(messages: 512, bytes: 16 << 20)

    /// Reported with each head; nil for a test that does not look at it.
    let partitions: Int?
    private let limit: FlightSize
    private var total = FlightSize()

    /// - Parameters:
    ///   - seed: a random number.
    ///   - limit: what all streams together may have in flight. A stream may have as much as it leaves free, so that
    ///     streams without confirms never fill the channel for the others.
    ///   - partitions: `PARTITIONS`, reported with each head.
    package init(seed: UInt64, limit: FlightSize = defaultLimit, partitions: Int? = nil) {
        self.seed = seed
        self.partitions = partitions
        self.limit = limit
    }

    package mutating func add(_ stream: OutboxStream) {
        guard streams[stream.id] == nil else { return }
        streams[stream.id] = stream
        beginHandshake(stream.id)
    }

    /// The stream has messages up to `head`; a lower head than the known one is ignored, except in a new epoch.
    package mutating func advance(_ stream: AdvancedStream) {
        add(
            OutboxStream(
                id: stream.id, name: stream.name, epoch: stream.epoch, base: stream.base, head: 0, confirmed: 0))
        guard let known = streams[stream.id] else { return }
        if stream.epoch != known.epoch {
            var renewed = OutboxStream(
                id: stream.id, name: stream.name, epoch: stream.epoch, base: stream.base, head: stream.head,
                confirmed: 0)
            renewed.published = 0
            renewed.generation = known.generation + 1
            renewed.inFlight = known.inFlight
            streams[stream.id] = renewed
            beginHandshake(stream.id)
        } else if stream.head > known.head {
            streams[stream.id]?.head = stream.head
        }
    }

    /// A new channel: the outcomes of messages in flight are unknown, so each stream goes back to its first
    /// unconfirmed message, and its consumer is asked again what it has applied.
    package mutating func reset() {
        inFlight.removeAll(keepingCapacity: true)
        total = FlightSize()
        headsInFlight.removeAll(keepingCapacity: true)
        for index in streams.values.indices { streams.values[index].channelOpened() }
        questionAll()
    }

    /// What may be published next. Streams are served in turn, so that a long one does not starve the others.
    package mutating func nextRange(limit: Int, now: Timestamp) -> OutboxRange? {
        for _ in 0..<streams.count {
            lastServed = (lastServed + 1) % streams.count
            let stream = streams.values[lastServed]
            guard stream.mayPublish, stream.sent < stream.head, stream.backoffUntil.map({ $0 <= now }) ?? true else {
                continue
            }
            let share = share(of: stream)
            guard share.messages > 0, share.bytes > 0 else { continue }
            let last = min(stream.head, stream.sent + Int64(min(limit, share.messages)))
            return OutboxRange(
                stream: stream.id, name: stream.name, epoch: stream.epoch, base: stream.base,
                first: stream.sent + 1, last: last)
        }
        return nil
    }

    /// What a stream may publish now. One with nothing in flight may take half of what is free, so that as much stays
    /// free. One that fails may have one message in flight, which shows whether it still fails.
    private func share(of stream: OutboxStream) -> FlightSize {
        FlightSize(
            messages: stream.failures > 0
                ? 1 - stream.inFlight.messages : (limit.messages - total.messages - stream.inFlight.messages) / 2,
            bytes: (limit.bytes - total.bytes - stream.inFlight.bytes) / 2)
    }

    /// These messages of the range are being published. Returns the publish ids of the first ones, as many as fit into
    /// the stream's share, but at least one; none if the stream was rewound after the range was made.
    package mutating func send(_ messages: [(seq: Int64, bytes: Int)], of range: OutboxRange) -> [PublishID] {
        guard var stream = streams[range.stream], stream.epoch == range.epoch, stream.mayPublish,
            stream.sent == range.first - 1
        else { return [] }
        // Missing rows cannot be sent: the stream skips them, and the consumer requests what it lacks.
        if stream.sent == stream.confirmed { stream.confirmed = (messages.first?.seq ?? range.last + 1) - 1 }
        stream.sent = range.last
        stream.backoffUntil = nil
        let bytes = share(of: stream).bytes
        var publishIDs: [PublishID] = []
        var sentBytes = 0
        for (index, message) in messages.enumerated() {
            sentBytes += message.bytes
            if index > 0, sentBytes > bytes { break }
            inFlight[nextPublishID] = InFlight(
                stream: range.stream, seq: message.seq, generation: stream.generation, bytes: message.bytes)
            publishIDs.append(nextPublishID)
            nextPublishID += 1
            stream.sent = message.seq
            stream.inFlight.add(message.bytes)
            total.add(message.bytes)
        }
        stream.published = max(stream.published, stream.sent)
        streams[range.stream] = stream
        return publishIDs
    }

    package mutating func confirm(_ publishID: PublishID) {
        if confirmHead(publishID) { return }
        guard let message = land(publishID), let index = streams.index(forKey: message.stream) else { return }
        // Changed in place, so that the set is not copied.
        if streams.values[index].confirm(message.seq, generation: message.generation) {
            movedStreams.insert(message.stream)
        }
    }

    /// A message or a head was nacked or returned.
    package mutating func fail(_ publishID: PublishID, now: Timestamp) {
        if failHead(publishID, now: now) { return }
        guard let message = land(publishID), message.generation == streams[message.stream]?.generation else { return }
        if streams[message.stream]?.failingSince == nil { streams[message.stream]?.failingSince = now }
        fail(message.stream, now: now)
    }

    /// The message has an outcome.
    private mutating func land(_ publishID: PublishID) -> InFlight? {
        guard let message = inFlight.removeValue(forKey: publishID) else { return nil }
        total.remove(message.bytes)
        streams[message.stream]?.inFlight.remove(message.bytes)
        return message
    }

    package mutating func fail(_ stream: Int64, now: Timestamp) {
        guard let index = streams.index(forKey: stream) else { return }
        let failures = streams.values[index].failures
        streams.values[index].rewindToConfirmed()
        streams.values[index].backoffUntil = now.advanced(by: Self.backoff[min(failures, Self.backoff.count - 1)])
        streams.values[index].failures += 1
    }

    /// Returns a stream that has failed for long enough that a new channel should be tried, or nil.
    package mutating func takeStalled(now: Timestamp) -> (name: OutboxStreamName, failing: Duration)? {
        guard
            let stalled = streams.values.first(where: { stream in
                stream.failingSince.map { now - $0 >= stream.reopenAfter } ?? false
            }), let since = stalled.failingSince
        else { return nil }
        // The new channel is tried for all streams that fail.
        for index in streams.values.indices where streams.values[index].failingSince != nil {
            let time = streams.values[index].reopenAfter
            streams.values[index].reopenAfter = min(time * 2, Self.maxReopenTime)
        }
        return (stalled.name, now - since)
    }

    /// The consumer lacks all messages from `first` on.
    package mutating func rewind(_ name: StreamName, to first: Int64) {
        guard let index = streams.values.firstIndex(where: { $0.name == .stream(name) }),
            first <= streams.values[index].head
        else { return }
        streams.values[index].confirmed = min(streams.values[index].confirmed, first - 1)
        streams.values[index].rewindToConfirmed()
    }

    /// The confirmed positions of the streams that moved since the last call.
    package mutating func takeCursors() -> [Int64: StreamCursor] {
        defer { movedStreams.removeAll(keepingCapacity: true) }
        var cursors: [Int64: StreamCursor] = [:]
        for id in movedStreams {
            cursors[id] = streams[id].map { StreamCursor(epoch: $0.epoch, confirmed: $0.confirmed) }
        }
        return cursors
    }

    /// When the next message can be published: in the past if now, nil if there is none.
    package var nextDue: Timestamp? {
        streams.values.compactMap { stream in
            stream.mayPublish && stream.sent < stream.head
                ? stream.backoffUntil ?? Timestamp(milliseconds: .min) : nil
        }.min()
    }
}

extension RelayState.OutboxStream {
    /// Returns false if the message was published before the stream was rewound, or is confirmed already.
    fileprivate mutating func confirm(_ seq: Int64, generation: Int) -> Bool {
        guard generation == self.generation, seq > confirmed else { return false }
        if seq == confirmed + 1, confirmedAhead.isEmpty {
            confirmed = seq
        } else {
            confirmedAhead.insert(seq)
            while confirmedAhead.remove(confirmed + 1) != nil { confirmed += 1 }
        }
        failures = 0
        failingSince = nil
        reopenAfter = RelayState.initialReopenTime
        return true
    }

    /// What failed on the last channel may succeed on this one at once.
    fileprivate mutating func channelOpened() {
        rewindToConfirmed()
        inFlight = FlightSize()
        failures = 0
        backoffUntil = nil
        failingSince = nil
    }

    mutating func rewindToConfirmed() {
        sent = confirmed
        confirmedAhead.removeAll(keepingCapacity: true)
        generation += 1
    }
}
