import Contracts

/// What must be done once a batch is committed.
struct BatchOutcome {
    var settled: [(target: any AckTarget, tags: [UInt64])] = []
    var answers: [() -> Void] = []
    var commitHooks: [@Sendable () -> Void] = []
    /// How many messages ended how; added to the file's counters at the end of the transaction.
    var counts: [MessageOutcome: Int] = [:]
    var controlMessages: [ControlMessage] = []
    var advancedStreams: [AdvancedStream] = []
    var movedCursors = false
    var isRestored = false

    mutating func settle(_ ackToken: AckToken) {
        if let last = settled.indices.last, settled[last].target === ackToken.target {
            settled[last].tags.append(ackToken.tag)
        } else {
            settled.append((ackToken.target, [ackToken.tag]))
        }
    }

    mutating func count(_ action: Action?, _ counter: CounterName) {
        counts[MessageOutcome(action: action, counter: counter), default: 0] += 1
    }

    mutating func count(_ action: Action?, _ disposition: Disposition) {
        switch disposition {
        case .applied: count(action, CounterName.applied)
        case .refused: count(action, CounterName.refused)
        }
    }
}
