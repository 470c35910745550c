import Contracts

/// Producers of streams that carry state are told what this partition has applied within a second: what is not known to
/// be applied is sent again when this file is replaced by an older copy (contract section 4).
struct AppliedReports: Sendable {
    private static let interval: Duration = .seconds(1)

    private var reported: [StreamName: StreamReceiver] = [:]
    private var isPending = false
    private var lastAt: Timestamp?

    /// A message was applied. A part of the state is reported at once, because the producer waits for that.
    mutating func record(_ stream: StreamName, isPart: Bool = false) {
        if stream.carriesState { isPending = true }
        if isPart { lastAt = nil }
    }

    /// The connection is new: each producer is told at once, because this file may be an older copy.
    mutating func reportAll() {
        reported = [:]
        isPending = true
        lastAt = nil
    }

    /// When the next report is due, by the monotonic clock; nil if there is nothing to report.
    var due: Timestamp? {
        isPending ? lastAt?.advanced(by: Self.interval) ?? Timestamp(milliseconds: .min) : nil
    }

    /// The reports that are due now.
    mutating func take(from receivers: [StreamName: StreamReceiver], now: Timestamp) -> [StreamApplied] {
        guard let due, due <= now else { return [] }
        isPending = false
        lastAt = now
        var reports: [StreamApplied] = []
        for (stream, receiver) in receivers where stream.carriesState {
            let before = reported.updateValue(receiver, forKey: stream)
            guard before?.epoch != receiver.epoch || before?.last != receiver.last else { continue }
            reports.append(
                StreamApplied(
                    stream: stream, epoch: receiver.epoch, last: receiver.last, handshake: StreamApplied.unasked))
        }
        return reports
    }
}
