internal import Crypto

/// Puts a body together from its frames. One above the limit is never held: its first 4 KiB stay, the rest is only
/// hashed.
struct BodyCollector {
    static let keptOfLarge = 4096

    let expected: UInt64
    private(set) var received: UInt64 = 0
    private(set) var body: [UInt8] = []
    private var digest: SHA256?

    init(expected: UInt64, limit: Int) {
        self.expected = expected
        if expected > UInt64(max(limit, 0)) { digest = SHA256() }
    }

    var isComplete: Bool { received == expected }

    /// False if more came than was announced.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard UInt64(bytes.count) <= expected - received else { return false }
        received += UInt64(bytes.count)
        if digest == nil {
            // Most bodies are one frame; for the others the announced size is below the limit, and reserved once.
            if body.isEmpty { body.reserveCapacity(Int(expected)) }
            body.append(contentsOf: bytes)
        } else {
            digest?.update(bufferPointer: bytes)
            let room = Self.keptOfLarge - body.count
            if room > 0 { body.append(contentsOf: bytes.prefix(room)) }
        }
        return true
    }

    /// SHA-256 of what came, only of a body above the limit.
    func finalDigest() -> [UInt8]? { digest.map { Array($0.finalize()) } }
}
