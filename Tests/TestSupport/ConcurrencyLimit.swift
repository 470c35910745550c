/// Limits how many tests do something at once: Swift Testing begins all of them together.
package actor ConcurrencyLimit {
    /// Of the tests that open partition files, each with a dozen descriptors. With more than a thousand descriptors,
    /// `Foundation.Process` reads beyond the end of its list of them.
    package static let files = ConcurrencyLimit(24)

    /// Whether this task is one of them: what it opens besides does not count.
    @TaskLocal private static var holdsFiles = false

    private var free: Int
    private var waiters: [CheckedContinuation<Void, Never>] = []

    package init(_ count: Int) {
        free = count
    }

    /// Runs a test, or a part of one, that opens files.
    package static func withFiles<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        if holdsFiles { return try await body() }
        return try await files.run { try await $holdsFiles.withValue(true) { try await body() } }
    }

    /// Runs `body` when there is room for it.
    package nonisolated func run<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        await acquire()
        do {
            let value = try await body()
            await release()
            return value
        } catch {
            await release()
            throw error
        }
    }

    private func acquire() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiters.append($0) }
        }
    }

    private func release() {
        if waiters.isEmpty { free += 1 } else { waiters.removeFirst().resume() }
    }
}
