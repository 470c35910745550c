import Contracts

/// Work for many volunteers is done in steps, and a transaction has room for one: what else waits for the writer waits
/// for one step at most. Steps are as fast as their messages leave, so that other messages wait behind few of them.
extension LedgerTransaction {
    /// The maximum number of rows that a step reads and changes, and of messages it sends: about 10 ms of work.
    package static let stepRows = 250

    /// Whether work for many volunteers may be done now. Otherwise it must be left to a job.
    package var hasRoomForStep: Bool { rowsInSteps < Self.stepRows && !state.holdsBackSteps(at: monotonicNow) }

    /// Whether a job may run that sends the state of this partition: the consumer has applied enough of it.
    func hasRoomAtConsumer(of job: LedgerJob) -> Bool {
        guard job.kind == LedgerJob.resyncKind, let consumer = Address(parsing: job.key) else { return true }
        let name = StreamName(producer: address, consumer: consumer)
        return state.outboxStreams[.stream(name)]?.hasRoomForPart ?? true
    }

    /// Records that a step reads or changes this many rows.
    package func countStep(rows: Int) {
        rowsInSteps += rows
    }

    /// Lets further steps wait until the broker has confirmed nearly everything that the steps of this transaction have
    /// sent, and what was before it in the same streams.
    func holdBackSteps(since before: LedgerState) {
        guard rowsInSteps > 0 else { return }
        state.holdBackSteps(since: before, at: monotonicNow)
    }
}

extension LedgerState {
    /// How many unconfirmed messages do not hold back the next step, so that the relay always has work: about 10 ms of
    /// it.
    private static let unconfirmedLimit: Int64 = 100
    /// How long a step is held back at most: a stream that stands still must not stop jobs that do not concern it.
    private static let longestHold: Duration = .seconds(1)

    /// What must be confirmed, summed over some streams, before the next step; and until when it is held back.
    struct StepHold: Sendable {
        let streams: [OutboxStreamName]
        let confirmed: Int64
        let end: Timestamp
    }

    /// A stream whose consumer has not answered is not published, so no step waits for it.
    mutating func holdBackSteps(since before: LedgerState, at now: Timestamp) {
        let streams = outboxStreams.filter { name, stream in
            stream.head != before.outboxStreams[name]?.head && (name.stream == nil || stream.unverifiedHead == nil)
        }
        let head = streams.values.reduce(0) { $0 + $1.head }
        stepHold = StepHold(
            streams: Array(streams.keys), confirmed: head - Self.unconfirmedLimit,
            end: now.advanced(by: Self.longestHold))
    }

    func holdsBackSteps(at now: Timestamp) -> Bool {
        guard let stepHold, now < stepHold.end else { return false }
        return stepHold.streams.reduce(0) { $0 + (outboxStreams[$1]?.confirmed ?? 0) } < stepHold.confirmed
    }

    /// Whether a job has a step to run now.
    func hasStep(at now: Timestamp) -> Bool {
        hasJobs && jobsPausedUntil.map { $0 <= now } ?? true && !holdsBackSteps(at: now)
    }
}
