import Logging

/// A key set that changes: loaded when it is first needed, loaded again when it is old or a token names an unknown key,
/// and kept when loading fails.
///
/// The request that needs keys loads them, so there is no background task. Other requests wait for it only if the
/// current keys cannot verify their tokens.
actor KeySource {
    /// Between two attempts, so that tokens with invented key ids do not cause a request each.
    static let retryInterval = Duration.seconds(10)
    /// How long a withdrawn key may still be accepted.
    static let maxAge = Duration.seconds(300)

    private let load: @Sendable () async throws -> KeySet
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger

    private var keys: KeySet?
    private var lastAttempt: ContinuousClock.Instant?
    private var isLoading = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, logger: Logger,
        load: @escaping @Sendable () async throws -> KeySet
    ) {
        self.load = load
        self.now = now
        self.logger = logger
    }

    /// - Returns: nil when no key matches, even in the newest set.
    /// - Throws: `unavailable` while no key set has ever been loaded.
    func key(for token: SignedToken) async throws(Problem) -> VerificationKey? {
        if keys == nil ? canReload : isOld { await reload() }
        if keys?.contains(keyID: token.keyID) != true, canReload { await reload() }
        guard let keys else {
            throw .unavailable("Token verification keys are unavailable.", retryAfter: Self.retryInterval)
        }
        return keys.key(for: token)
    }

    private var canReload: Bool {
        isLoading || lastAttempt.map { $0.duration(to: now()) >= Self.retryInterval } ?? true
    }

    private var isOld: Bool {
        !isLoading && lastAttempt.map { $0.duration(to: now()) >= Self.maxAge } ?? true
    }

    /// Loads the keys, or waits for the load that is running.
    private func reload() async {
        guard !isLoading else {
            await withCheckedContinuation { waiters.append($0) }
            return
        }
        isLoading = true
        lastAttempt = now()
        do {
            keys = try await load()
        } catch {
            logger.warning(
                "Key set cannot be loaded",
                metadata: [LogKey.reason: "\(error)", LogKey.keepsOldKeys: "\(keys != nil)"])
        }
        isLoading = false
        for continuation in waiters { continuation.resume() }
        waiters = []
    }

    /// The number of requests that wait for the running load, for tests.
    var waiterCount: Int { waiters.count }
}
