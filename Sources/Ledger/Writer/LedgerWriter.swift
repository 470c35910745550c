import Contracts
import DequeModule
import Dispatch
import Foundation
package import Logging
import Synchronization

/// The single writer of a partition's file: a thread that collects inputs into a batch, processes it in one
/// transaction, commits with a full sync, and only then acks and answers. It goes on while the broker is away.
///
/// `@unchecked Sendable`: `inbox`, `isStopping` and `failureAtEnd` are accessed only under `condition`'s lock;
/// `committer` belongs to the thread that `run` starts.
package final class LedgerWriter: @unchecked Sendable {
    /// The maximum number of inputs in one transaction: half of a consumer's prefetch, so that one half arrives while
    /// the other is committed. Inputs of one transaction share its sync and the pages that they change.
    package static let batchLimit = 512
    /// The maximum size of the messages in one transaction, in bytes, unless there is one message only: what a
    /// transaction writes is bounded by it, and everyone waits for it.
    package static let batchBytes = 8 << 20
    /// How long the first input of a batch waits for others, in seconds, unless they fill the batch sooner.
    private static let gatherSeconds = 0.002
    /// Timers use the wall clock: a clock that is set forward is noticed within this time.
    private static let longestSleepSeconds = 1.0

    private let committer: BatchCommitter
    private let condition = MonotonicCondition()
    private var inbox: Deque<PendingInput> = []
    private var isStopping = false
    private var failureAtEnd: LedgerError?

    package init(
        file: LedgerFile, handler: any LedgerHandler, settings: LedgerSettings, environment: LedgerEnvironment,
        logger: Logger
    ) throws {
        committer = try BatchCommitter(
            file: file, handler: handler, settings: settings, environment: environment, logger: logger)
    }

    package func submit(_ input: LedgerInput) {
        submit(CollectionOfOne(input))
    }

    package func submit(_ inputs: some Collection<LedgerInput>) {
        let now = ContinuousClock.now
        let (accepted, isAwaited) = condition.withLock {
            if isStopping { return (false, false) }
            let isFirst = inbox.isEmpty
            inbox.append(contentsOf: inputs.lazy.map { PendingInput(input: $0, submittedAt: now) })
            // The thread waits for the first input or for a full batch. A signal in between would only wake it to
            // wait again.
            return (true, isFirst || inbox.count >= Self.batchLimit)
        }
        if isAwaited { condition.signal() }
        guard !accepted else { return }
        for case .call(_, _, let done) in inputs {
            done(.failure(LedgerError(.stopped, "the writer has stopped")))
        }
    }

    /// Runs `body` in the group commit and returns after the commit.
    /// - Parameter traceparent: the caller's trace, to which the messages that `body` emits then belong.
    package func perform<Value: Sendable>(
        traceparent: String? = nil, _ body: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            call(traceparent, body) { continuation.resume(with: $0) }
        }
    }

    /// The same for a thread that may block.
    package func wait<Value: Sendable>(
        for body: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) throws -> Value {
        let result = Slot<Result<Value, any Error>>()
        let isDone = DispatchSemaphore(value: 0)
        call(nil, body) {
            result.set($0)
            isDone.signal()
        }
        isDone.wait()
        return try result.get().get()
    }

    private func call<Value: Sendable>(
        _ traceparent: String?, _ body: @escaping @Sendable (LedgerTransaction) throws -> Value,
        _ done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let value = Slot<Value>()
        submit(
            .call(
                traceparent: traceparent, { value.set(try body($0)) },
                { result in done(result.flatMap { Result { try value.get() } }) }))
    }

    /// Hands a value from one thread to another.
    private final class Slot<Value: Sendable>: Sendable {
        private let value = Mutex<Value?>(nil)

        func set(_ newValue: Value) {
            value.withLock { $0 = newValue }
        }

        func get() throws -> Value {
            guard let value = value.withLock({ $0 }) else { throw LedgerError(.stopped, "the call was not run") }
            return value
        }
    }

    package var refusedEpochs: RefusedEpochs { committer.refusedEpochs }

    /// Why ``run(observer:)`` has ended before a stop; nil if it has not.
    package var failure: LedgerError? { condition.withLock { failureAtEnd } }

    /// Ends the thread after the submitted inputs are committed and answered.
    package func stop() {
        condition.withLock { isStopping = true }
        condition.signal()
    }

    /// Runs the writer on a thread of its own until `stop`: SQLite blocks, and Swift's cooperative pool must not.
    package func run(observer: any LedgerObserver) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let thread = Thread { [self] in
                // Set before the start, the name would not reach the kernel.
                Thread.current.name = "ledger"
                loop(observer)
                continuation.resume()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    private func loop(_ observer: any LedgerObserver) {
        while committer.failure == nil, let batch = nextBatch() {
            committer.commit(batch, observer: observer, waitForRetry: waitForRetry)
        }
        if let failure = committer.failure { abandonInputs(failure) }
    }

    /// Nothing is committed any more: calls fail now and from now on, and the broker delivers messages again.
    private func abandonInputs(_ failure: LedgerError) {
        let inputs = condition.withLock {
            isStopping = true
            failureAtEnd = failure
            defer { inbox.removeAll() }
            return inbox
        }
        for case .call(_, _, let done) in inputs.map(\.input) { done(.failure(failure)) }
    }

    /// While the file cannot be written: waits, then removes and returns the calls that are waiting, which fail at
    /// once. Nil if the writer is stopping.
    private func waitForRetry(_ seconds: Double) -> [PendingInput]? {
        condition.withLock {
            condition.wait(seconds: seconds) { !isStopping }
            if isStopping { return nil }
            // What the broker delivers again must not fill the memory as well.
            inbox.removeAll { !$0.input.isCurrent }
            let calls = inbox.filter(\.input.isCall)
            if !calls.isEmpty { inbox.removeAll(where: \.input.isCall) }
            return Array(calls)
        }
    }

    /// Waits for inputs, or until something is due: then the batch is empty. Nil: stopped, and no input is left.
    private func nextBatch() -> [PendingInput]? {
        condition.withLock {
            let due = committer.secondsUntilDue(longest: Self.longestSleepSeconds)
            if due > 0 { condition.wait(seconds: due) { inbox.isEmpty && !isStopping } }
            guard let first = inbox.first else { return isStopping ? nil : [] }
            // Zero or less if the first input arrived during the previous commit: it has waited long enough.
            let left = Self.gatherSeconds - (ContinuousClock.now - first.submittedAt) / .seconds(1)
            if left > 0 { condition.wait(seconds: left) { inbox.count < Self.batchLimit && !isStopping } }
            let batch = Array(inbox.prefix(batchCount))
            inbox.removeFirst(batch.count)
            return batch
        }
    }

    /// The number of inputs that fit into the next transaction; at least one. A suspect has a transaction to itself.
    private var batchCount: Int {
        var bytes = 0
        var count = 0
        for pending in inbox.prefix(Self.batchLimit) {
            if pending.input.suspect != nil { return max(count, 1) }
            bytes += pending.input.bytes
            if count > 0, bytes > Self.batchBytes { break }
            count += 1
        }
        return count
    }
}
