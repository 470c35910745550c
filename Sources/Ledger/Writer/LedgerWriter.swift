import Contracts
import Dispatch
import Foundation
package import Logging
import Synchronization

/// The one writer of a partition's file: a thread that gathers what has come, decides it in one transaction,
/// commits it with a full sync, and only then answers. It goes on while the broker is away.
///
/// `@unchecked Sendable`: `inbox`, `waitingSince`, `taken` and `isStopping` are touched only under `condition`'s lock;
/// `core` belongs to the thread that `run` starts, from its start to its end.
package final class LedgerWriter: @unchecked Sendable {
    /// So many inputs go into one transaction at most. Half of what a queue hands out unacked: while one half is
    /// committed, the other arrives. Inputs of one transaction share the pages that they change, and its sync.
    package static let batchLimit = 512
    /// So long does the first input of a batch wait for others to come, unless they fill it sooner.
    private static let gatherSeconds = 0.002
    /// Timers are wall-clock times: a clock set forward is noticed within this time.
    private static let longestSleepSeconds = 1.0

    private let core: WriterCore
    private let condition = MonotonicCondition()
    private var inbox: [LedgerInput] = []
    /// When the first of those that wait came.
    private var waitingSince = ContinuousClock.now
    private var taken = 0
    private var isStopping = false

    package init(
        file: LedgerFile, handler: any LedgerHandler, settings: LedgerSettings, environment: LedgerEnvironment,
        logger: Logger
    ) throws {
        core = try WriterCore(
            file: file, handler: handler, settings: settings, environment: environment, logger: logger)
    }

    package func submit(_ input: LedgerInput) {
        submit(CollectionOfOne(input))
    }

    package func submit(_ inputs: some Collection<LedgerInput>) {
        let (accepted, isAwaited) = condition.withLock {
            if isStopping { return (false, false) }
            let isFirst = pending == 0
            if isFirst { waitingSince = .now }
            inbox.append(contentsOf: inputs)
            // The thread sleeps until something is there, or until a batch is full; in between each signal would wake
            // it to look and sleep again.
            return (true, isFirst || pending >= Self.batchLimit)
        }
        if isAwaited { condition.signal() }
        guard !accepted else { return }
        for case .call(_, let done) in inputs { done(.failure(LedgerError(.stopped, "the writer has stopped"))) }
    }

    /// Runs `body` in the group commit and returns when it is committed.
    package func perform<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            call(body) { continuation.resume(with: $0) }
        }
    }

    /// The same for a thread that may block.
    package func wait<Value: Sendable>(
        for body: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) throws -> Value {
        let outcome = Slot<Result<Value, any Error>>()
        let isDone = DispatchSemaphore(value: 0)
        call(body) { result in
            outcome.value.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        return try outcome.taken().get()
    }

    private func call<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTransaction) throws -> Value,
        _ done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let slot = Slot<Value>()
        submit(
            .call(
                { transaction in
                    let value = try body(transaction)
                    slot.value.withLock { $0 = value }
                },
                { outcome in done(outcome.flatMap { Result { try slot.taken() } }) }))
    }

    /// What one thread leaves for another.
    private final class Slot<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)

        func taken() throws -> Value {
            guard let value = value.withLock({ $0 }) else { throw LedgerError(.stopped, "the call was not decided") }
            return value
        }
    }

    /// Ends the thread after what is in hand is committed and answered.
    package func stop() {
        condition.withLock { isStopping = true }
        condition.signal()
    }

    /// Runs the writer on a thread of its own until `stop`: SQLite blocks, and Swift's shared threads must not.
    package func run(observer: any LedgerObserver) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let thread = Thread { [self] in
                // Set before the start, it would not reach the kernel.
                Thread.current.name = "ledger"
                loop(observer)
                continuation.resume()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    private func loop(_ observer: any LedgerObserver) {
        while let batch = nextBatch() {
            core.commit(batch, observer: observer, rest: rest)
        }
        core.noteHighWater(atLeastAfter: .zero)
    }

    /// While the file cannot be written: waits, and hands out the calls that have come, which get their answer now.
    /// Nil when the process is to stop.
    private func rest(_ seconds: Double) -> [LedgerInput]? {
        condition.withLock {
            condition.wait(seconds: seconds) { !isStopping }
            if isStopping { return nil }
            let waiting = inbox[taken...]
            let calls = waiting.filter(\.isCall)
            if !calls.isEmpty {
                inbox = waiting.filter { !$0.isCall }
                taken = 0
            }
            return calls
        }
    }

    /// Waits for inputs, or for the time at which something falls due. Nil: stopped, and nothing is left.
    private func nextBatch() -> [LedgerInput]? {
        condition.withLock {
            let due = core.secondsUntilDue(longest: Self.longestSleepSeconds)
            if due > 0 { condition.wait(seconds: due) { pending == 0 && !isStopping } }
            if pending == 0 { return isStopping ? nil : [] }
            // What came while the last batch was committed has waited for long enough.
            let left = Self.gatherSeconds - (ContinuousClock.now - waitingSince) / .seconds(1)
            if left > 0 { condition.wait(seconds: left) { pending < Self.batchLimit && !isStopping } }
            let end = min(inbox.count, taken + Self.batchLimit)
            let batch = Array(inbox[taken..<end])
            taken = end
            if taken == inbox.count {
                inbox.removeAll(keepingCapacity: inbox.capacity <= 4 * Self.batchLimit)
                taken = 0
            } else if taken >= 16 * Self.batchLimit {
                inbox.removeFirst(taken)
                taken = 0
            }
            return batch
        }
    }

    private var pending: Int { inbox.count - taken }
}
