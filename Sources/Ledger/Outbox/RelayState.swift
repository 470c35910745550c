package import Contracts

/// The relay's bookkeeping, without I/O: per stream what was sent, what is confirmed without a hole, and since
/// when it rests after a nack.
package struct RelayState: Sendable {
    package typealias PublishID = UInt64

    package struct OutboxStream: Sendable {
        package let id: Int64
        package let name: OutboxStreamName
        package var head: Int64
        /// All up to here are confirmed.
        package var confirmed: Int64
        /// All up to here were published on this channel.
        var sent: Int64
        /// Confirmed ahead of a hole.
        var ahead: Set<Int64> = []
        /// Grows when the lane goes back: what was in flight then counts no more. The consumer drops whatever
        /// comes behind a hole, so everything behind it must be sent again, confirmed or not.
        var generation = 0
        var failures = 0
        var restsUntil: Timestamp?

        package init(id: Int64, name: OutboxStreamName, head: Int64, confirmed: Int64) {
            self.id = id
            self.name = name
            self.head = head
            self.confirmed = confirmed
            sent = confirmed
        }
    }

    /// Consecutive numbers of one stream that may be published now.
    package struct OutboxRange: Sendable, Hashable {
        package let stream: Int64
        package let name: OutboxStreamName
        package let first: Int64
        package let last: Int64
    }

    private struct InFlight: Sendable {
        let stream: Int64
        let seq: Int64
        let generation: Int
    }

    package private(set) var lanes: [Int64: OutboxStream] = [:]
    private var order: [Int64] = []
    private var turn = 0
    private var inFlight: [PublishID: InFlight] = [:]
    private var nextTicket: PublishID = 1
    private var movedLanes: Set<Int64> = []

    /// Between 0.1 s and 10 s: a full queue or a missing one is tried again soon, but not in a loop.
    private static let rests: [Duration] = [
        .milliseconds(100), .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
    ]

    package init() {}

    package mutating func add(_ lane: OutboxStream) {
        guard lanes[lane.id] == nil else { return }
        lanes[lane.id] = lane
        order.append(lane.id)
    }

    package mutating func grow(_ stream: Int64, name: OutboxStreamName, head: Int64) {
        add(OutboxStream(id: stream, name: name, head: 0, confirmed: 0))
        if let known = lanes[stream]?.head, head > known { lanes[stream]?.head = head }
    }

    /// A new channel: whatever was in flight is undecided, so each lane goes back to its first unconfirmed.
    package mutating func reset() {
        inFlight.removeAll(keepingCapacity: true)
        for id in order { lanes[id]?.goBack() }
    }

    /// What may be published next. Lanes take turns, so that a long one does not starve the others.
    package mutating func nextRange(limit: Int, now: Timestamp) -> OutboxRange? {
        for _ in order.indices {
            turn = (turn + 1) % order.count
            guard let lane = lanes[order[turn]], lane.sent < lane.head, lane.restsUntil.map({ $0 <= now }) ?? true
            else { continue }
            let last = min(lane.head, lane.sent + Int64(limit))
            return OutboxRange(stream: lane.id, name: lane.name, first: lane.sent + 1, last: last)
        }
        return nil
    }

    /// These of the stretch are being published. Returns their publishIDs.
    package mutating func send(_ numbers: [Int64], of stretch: OutboxRange) -> [PublishID] {
        guard var lane = lanes[stretch.stream], lane.sent == stretch.first - 1 else { return [] }
        // Rows that are missing cannot be sent: the lane goes past them, and the consumer asks for what it lacks.
        if lane.sent == lane.confirmed { lane.confirmed = (numbers.first ?? stretch.last + 1) - 1 }
        lane.sent = numbers.last ?? stretch.last
        lane.restsUntil = nil
        lanes[stretch.stream] = lane
        return numbers.map { seq in
            defer { nextTicket += 1 }
            inFlight[nextTicket] = InFlight(stream: stretch.stream, seq: seq, generation: lane.generation)
            return nextTicket
        }
    }

    package mutating func confirm(_ publishID: PublishID) {
        guard let flight = inFlight.removeValue(forKey: publishID), var lane = lanes[flight.stream],
            flight.generation == lane.generation, flight.seq > lane.confirmed
        else { return }
        // Taken out while it changes, so that the set is not copied.
        lanes[flight.stream] = nil
        if flight.seq == lane.confirmed + 1, lane.ahead.isEmpty {
            lane.confirmed = flight.seq
        } else {
            lane.ahead.insert(flight.seq)
            while lane.ahead.remove(lane.confirmed + 1) != nil { lane.confirmed += 1 }
        }
        lane.failures = 0
        lanes[flight.stream] = lane
        movedLanes.insert(flight.stream)
    }

    /// Nacked or returned.
    package mutating func fail(_ publishID: PublishID, now: Timestamp) {
        guard let flight = inFlight.removeValue(forKey: publishID), let lane = lanes[flight.stream],
            flight.generation == lane.generation
        else { return }
        fail(flight.stream, now: now)
    }

    package mutating func fail(_ stream: Int64, now: Timestamp) {
        guard var lane = lanes[stream] else { return }
        lane.goBack()
        lane.restsUntil = now.advanced(by: Self.rests[min(lane.failures, Self.rests.count - 1)])
        lane.failures += 1
        lanes[stream] = lane
    }

    /// The consumer lacks everything from here on.
    package mutating func rewind(_ stream: StreamName, to first: Int64) {
        guard let id = order.first(where: { lanes[$0]?.name == .stream(stream) }), var lane = lanes[id],
            first <= lane.head
        else { return }
        lane.confirmed = min(lane.confirmed, first - 1)
        lane.goBack()
        lanes[id] = lane
    }

    /// The lanes that moved since the last call, and where they stand.
    package mutating func takeCursors() -> [Int64: Int64] {
        defer { movedLanes.removeAll(keepingCapacity: true) }
        var cursors: [Int64: Int64] = [:]
        for id in movedLanes { cursors[id] = lanes[id]?.confirmed }
        return cursors
    }

    /// When something can be published, if anything waits: a time in the past means now.
    package var resumesAt: Timestamp? {
        lanes.values.compactMap { lane in
            lane.sent < lane.head ? lane.restsUntil ?? Timestamp(milliseconds: .min) : nil
        }.min()
    }
}

extension RelayState.OutboxStream {
    mutating func goBack() {
        sent = confirmed
        ahead.removeAll(keepingCapacity: true)
        generation += 1
    }
}
