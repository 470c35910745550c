import Contracts
import Crypto
import Synchronization

/// Recently verified tokens, so that a caller's next request costs a hash instead of a signature.
///
/// Stores hashes, not tokens; at most 10,000. When full, expired entries are evicted, or all if none has expired; each
/// evicted token is verified once more.
final class VerifiedTokenCache: Sendable {
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    private struct Entry {
        let caller: Caller
        let expires: Timestamp
    }

    func caller(of token: String, at now: Timestamp) -> Caller? {
        let hash = SHA256.hash(data: Array(token.utf8))
        guard let entry = entries.withLock({ $0[hash] }), now < entry.expires else { return nil }
        return entry.caller
    }

    func insert(_ claims: TokenClaims, of token: String, at now: Timestamp) {
        let hash = SHA256.hash(data: Array(token.utf8))
        // Not longer than a key set is used without reloading: otherwise a withdrawn key would live on here.
        let entry = Entry(caller: claims.caller, expires: min(claims.expires, now.advanced(by: KeySource.maxAge)))
        entries.withLock { entries in
            if entries.count >= Self.maxCount {
                entries = entries.filter { now < $0.value.expires }
                if entries.count >= Self.maxCount { entries = [:] }
            }
            entries[hash] = entry
        }
    }

    static let maxCount = 10_000

    var count: Int { entries.withLock { $0.count } }
}
