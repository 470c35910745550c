import Logging

/// A key set that changes: fetched when it is first needed, again when it is old or a token names a key that is not in
/// it, and kept when that fails.
///
/// One request fetches, in its own time, so that there is no task in the background to start and to stop. Others wait
/// for it only if they cannot be answered with the keys there are.
actor KeySource {
    private let load: @Sendable () async throws -> KeySet
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger

    private var keys: KeySet?
    private var lastTry: ContinuousClock.Instant?
    private var isLoading = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, logger: Logger,
        load: @escaping @Sendable () async throws -> KeySet
    ) {
        self.load = load
        self.now = now
        self.logger = logger
    }

    /// - Returns: nil when no key is meant, also after a look at the newest set.
    /// - Throws: `unavailable` while there has never been a key set.
    func key(for token: SignedToken) async throws(Problem) -> VerificationKey? {
        if keys == nil ? mayTry : isOld { await reload() }
        if keys?.knows(token.keyID) != true, isLoading || mayTry { await reload() }
        guard let keys else {
            throw .unavailable("The keys to verify tokens with cannot be had.", retryAfter: Self.pause)
        }
        return keys.key(for: token)
    }

    /// Between two tries, so that tokens with invented names do not make us ask all the time.
    static let pause = Duration.seconds(10)
    /// So long a key that was withdrawn may still count.
    static let lifetime = Duration.seconds(300)

    private var mayTry: Bool {
        isLoading || lastTry.map { $0.duration(to: now()) >= Self.pause } ?? true
    }

    private var isOld: Bool {
        !isLoading && lastTry.map { $0.duration(to: now()) >= Self.lifetime } ?? true
    }

    /// Loads, or waits for the one who does.
    private func reload() async {
        guard !isLoading else {
            await withCheckedContinuation { waiting.append($0) }
            return
        }
        isLoading = true
        lastTry = now()
        do {
            keys = try await load()
        } catch {
            logger.warning("Key set cannot be loaded", metadata: ["reason": "\(error)", "keeps": "\(keys != nil)"])
        }
        isLoading = false
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    /// How many wait for the one who loads, for tests.
    var waitingCount: Int { waiting.count }
}
