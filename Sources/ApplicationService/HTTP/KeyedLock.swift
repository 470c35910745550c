import Synchronization

/// Lets those with the same key pass one after the other. A new application's partition follows from its id, its key's
/// record stands there with it: only where there are several partitions must two that share a key not look for it at
/// the same time.
final class KeyedLock: Sendable {
    private let queues = Mutex<[[UInt8]: [CheckedContinuation<Void, Never>]]>([:])

    func pass<Value: Sendable>(_ key: [UInt8], _ body: () async throws -> Value) async rethrows -> Value {
        await enter(key)
        defer { leave(key) }
        return try await body()
    }

    private func enter(_ key: [UInt8]) async {
        await withCheckedContinuation { continuation in
            let isFirst = queues.withLock { queues in
                guard queues[key] != nil else {
                    queues[key] = []
                    return true
                }
                queues[key]?.append(continuation)
                return false
            }
            if isFirst { continuation.resume() }
        }
    }

    private func leave(_ key: [UInt8]) {
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
