import Contracts
import Crypto
import Synchronization

/// Tokens that were verified a moment ago, so that a caller's next request costs a hash and no signature.
///
/// Kept are hashes, not tokens. At most 10,000: when there are more, those that are over go, and if there are none,
/// all; each costs one verification then.
final class VerifiedTokens: Sendable {
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    private struct Entry {
        let caller: Caller
        let end: Timestamp
    }

    func caller(of token: String, at now: Timestamp) -> Caller? {
        let hash = SHA256.hash(data: Array(token.utf8))
        guard let entry = entries.withLock({ $0[hash] }), now < entry.end else { return nil }
        return entry.caller
    }

    func remember(_ claims: TokenClaims, of token: String, at now: Timestamp) {
        let hash = SHA256.hash(data: Array(token.utf8))
        // No longer than a key set counts, or a withdrawn key would live on in here.
        let entry = Entry(caller: claims.caller, end: min(claims.expires, now.advanced(by: KeySource.lifetime)))
        entries.withLock { entries in
            if entries.count >= Self.most {
                entries = entries.filter { now < $0.value.end }
                if entries.count >= Self.most { entries = [:] }
            }
            entries[hash] = entry
        }
    }

    static let most = 10_000

    var count: Int { entries.withLock { $0.count } }
}
