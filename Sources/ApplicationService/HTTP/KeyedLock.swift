import Synchronization

/// Serializes work per key.
///
/// A create's Idempotency-Key is stored in the new application's partition. With several partitions, two requests with
/// one key could otherwise both look it up before either has stored it.
final class KeyedLock: Sendable {
    private let queues = Mutex<[[UInt8]: [CheckedContinuation<Void, Never>]]>([:])

    func withLock<Value: Sendable>(_ key: [UInt8], _ body: () async throws -> Value) async rethrows -> Value {
        await lock(key)
        defer { unlock(key) }
        return try await body()
    }

    private func lock(_ key: [UInt8]) async {
        await withCheckedContinuation { continuation in
            let isFree = queues.withLock { queues in
                guard queues[key] != nil else {
                    queues[key] = []
                    return true
                }
                queues[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func unlock(_ key: [UInt8]) {
        let next: CheckedContinuation<Void, Never>? = queues.withLock { queues in
            guard let waiting = queues[key], !waiting.isEmpty else {
                queues[key] = nil
                return nil
            }
            return queues[key]?.removeFirst()
        }
        next?.resume()
    }
}
