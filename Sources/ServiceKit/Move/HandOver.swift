/// What is to happen to a partition's file between its last commit and its closing, because the partition is given to
/// another process.
final class HandOver: Sendable {
    private let body: @Sendable () async throws -> Void
    private let outcome = AsyncStream.makeStream(of: Result<Void, any Error>.self)

    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    func run() async {
        do {
            try await body()
            outcome.continuation.yield(.success(()))
        } catch {
            outcome.continuation.yield(.failure(error))
        }
        outcome.continuation.finish()
    }

    /// The partition has ended; if ``run()`` was not called, it is not handed over.
    func abandon() { outcome.continuation.finish() }

    func wait() async throws {
        for await outcome in outcome.stream { return try outcome.get() }
        throw MoveFailure("the partition has stopped for another reason")
    }
}
