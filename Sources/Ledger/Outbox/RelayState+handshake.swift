package import Contracts
import OrderedCollections

/// Heads and their answers (contract section 4).
extension RelayState {
    /// The head of a stream, to be published now.
    package struct OutboxHead: Sendable, Hashable {
        package let publishID: PublishID
        package let head: StreamHead
    }

    /// How often each stream reports its head once it is answered.
    private static let headInterval: Duration = .seconds(30)

    mutating func beginHandshake(_ id: Int64) {
        guard streams[id]?.name.stream != nil else { return }
        handshakes += 1
        streams[id]?.handshake = StreamHandshake(id: "\(Hexadecimal.digits(seed))-\(handshakes)")
    }

    /// Every consumer must be asked again what it knows, whatever it answers to the present question.
    mutating func questionAll() {
        for id in streams.keys { beginHandshake(id) }
    }

    /// How far the streams to partitions may have been published, by their row id.
    var published: [Int64: PublishedStream] {
        var published: [Int64: PublishedStream] = [:]
        for stream in streams.values where stream.name.stream != nil {
            published[stream.id] = PublishedStream(epoch: stream.epoch, last: stream.published)
        }
        return published
    }

    /// The consumer must be asked again what it knows; nothing to do while it is being asked.
    mutating func question(_ id: Int64) {
        if streams[id]?.handshake?.isAnswered == true { beginHandshake(id) }
    }

    /// The heads that are due, at most `limit`: after connecting, when a stream begins, when one was returned, and
    /// every 30 s. They report what the broker has confirmed: a message that is not published yet is not lost.
    package mutating func nextHeads(limit: Int, now: Timestamp) -> [OutboxHead] {
        var heads: [OutboxHead] = []
        for index in streams.values.indices where heads.count < limit {
            let stream = streams.values[index]
            guard let name = stream.name.stream, let handshake = stream.handshake, handshake.headDue <= now else {
                continue
            }
            streams.values[index].handshake?.isAsked = true
            streams.values[index].handshake?.headDue = now.advanced(by: Self.headInterval)
            let head = StreamHead(
                stream: name, epoch: stream.epoch, head: stream.confirmed, handshake: handshake.id,
                partitions: partitions)
            heads.append(OutboxHead(publishID: nextPublishID, head: head))
            headsInFlight[nextPublishID] = stream.id
            nextPublishID += 1
        }
        return heads
    }

    /// When the next head is due; nil without a stream to a partition.
    package var nextHeadDue: Timestamp? {
        streams.values.compactMap { $0.handshake?.headDue }.min()
    }

    /// Whether this answers the head that was sent on this channel, and is the first answer to it. A consumer of an
    /// earlier version does not return the handshake.
    package func expects(_ answer: StreamApplied) -> Bool {
        guard let handshake = streams.values.first(where: { $0.name == .stream(answer.stream) })?.handshake else {
            return false
        }
        return handshake.isAsked && !handshake.isAnswered
            && (answer.handshake == nil || answer.handshake == handshake.id)
    }

    /// The answer agrees with the file, which is committed: the stream goes on after what the consumer has applied. An
    /// answer on an earlier channel, or to the head of an earlier epoch, changes nothing.
    package mutating func verify(_ answer: VerifiedStream) {
        guard let index = streams.index(forKey: answer.id), let handshake = streams.values[index].handshake,
            !handshake.isAnswered, answer.handshake == nil || answer.handshake == handshake.id
        else { return }
        streams.values[index].handshake?.isAnswered = true
        streams.values[index].confirmed = min(answer.last, streams.values[index].head)
        streams.values[index].rewindToConfirmed()
    }

    /// Returns false if this is not a head.
    mutating func confirmHead(_ publishID: PublishID) -> Bool {
        guard let id = headsInFlight.removeValue(forKey: publishID) else { return false }
        streams[id]?.handshake?.failures = 0
        if streams[id]?.failures == 0 { streams[id]?.failingSince = nil }
        return true
    }

    /// The consumer's queue is full, or does not exist yet. Returns false if this is not a head.
    mutating func failHead(_ publishID: PublishID, now: Timestamp) -> Bool {
        guard let id = headsInFlight.removeValue(forKey: publishID) else { return false }
        let failures = streams[id]?.handshake?.failures ?? 0
        if streams[id]?.failingSince == nil { streams[id]?.failingSince = now }
        streams[id]?.handshake?.headDue = now.advanced(by: Self.backoff[min(failures, Self.backoff.count - 1)])
        streams[id]?.handshake?.failures = failures + 1
        return true
    }
}

extension RelayState.OutboxStream {
    /// Whether its consumer has said on this channel what it has applied.
    var mayPublish: Bool { handshake?.isAnswered ?? true }
}
