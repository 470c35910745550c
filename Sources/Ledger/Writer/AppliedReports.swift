import Contracts

/// Producers of streams that carry state are told what this partition has applied within a second: what is not known to
/// be applied is sent again when this file is replaced by an older copy (contract section 4). What was applied is
/// reported when the broker has confirmed the messages to the outside that came of it: they would be lost with this
/// file.
struct AppliedReports: Sendable {
    /// What was applied at one moment, and the messages to the outside that existed then.
    private struct Moment {
        let receivers: [StreamName: StreamReceiver]
        let heads: [OutboxStreamName: Int64]

        func isConfirmed(by streams: [OutboxStreamName: LedgerState.OutboxStream]) -> Bool {
            heads.allSatisfy { name, head in streams[name].map { $0.confirmed >= head } ?? true }
        }
    }

    private static let interval: Duration = .seconds(1)

    private var reported: [StreamName: StreamReceiver] = [:]
    private var isPending = false
    private var lastAt: Timestamp?
    /// What is reported next, as soon as it is confirmed.
    private var awaited: Moment?

    /// A message was applied. A part of the state is reported at once, because the producer waits for that.
    mutating func record(_ stream: StreamName, isPart: Bool = false) {
        if stream.carriesState { isPending = true }
        if isPart { lastAt = nil }
    }

    /// The producer asks: a report to it may have been lost.
    mutating func repeatReport(of stream: StreamName) {
        guard stream.carriesState, reported.removeValue(forKey: stream) != nil else { return }
        isPending = true
    }

    /// The connection is new: each producer is told at once, because this file may be an older copy.
    mutating func reportAll() {
        reported = [:]
        isPending = true
        lastAt = nil
    }

    /// When the next report is due, by the monotonic clock; nil if there is nothing to report, or if a confirm of the
    /// broker comes first.
    var due: Timestamp? {
        isPending && awaited == nil ? lastAt?.advanced(by: Self.interval) ?? Timestamp(milliseconds: .min) : nil
    }

    /// The reports that are due now.
    mutating func take(from state: LedgerState, now: Timestamp) -> [StreamApplied] {
        if let due, due <= now {
            isPending = false
            lastAt = now
            awaited = Moment(
                receivers: state.receivers.filter(\.key.carriesState),
                heads: Dictionary(
                    uniqueKeysWithValues: state.outboxStreams.filter { $0.key.stream == nil }
                        .map { ($0.key, $0.value.head) }))
        }
        guard let moment = awaited, moment.isConfirmed(by: state.outboxStreams) else { return [] }
        awaited = nil
        var reports: [StreamApplied] = []
        for (stream, receiver) in moment.receivers {
            let before = reported.updateValue(receiver, forKey: stream)
            guard before?.epoch != receiver.epoch || before?.last != receiver.last else { continue }
            reports.append(
                StreamApplied(
                    stream: stream, epoch: receiver.epoch, last: receiver.last, handshake: StreamApplied.unasked))
        }
        return reports
    }
}
