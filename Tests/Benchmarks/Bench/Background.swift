import Dispatch
import Foundation
import Synchronization

/// Work on a thread of its own, because the benchmarks block.
final class Background<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Value) {
        Thread { [self] in
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
            isDone.signal()
        }.start()
    }

    /// Waits for the end. Called once.
    func value() throws -> Value {
        isDone.wait()
        guard let outcome = result.withLock({ $0 }) else { throw BenchError("the thread has no result") }
        return try outcome.get()
    }
}
