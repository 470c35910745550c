internal import Crypto

/// Assembles a message body from its frames. Of a body above the limit only the first 4 KiB are kept; all of it is
/// hashed.
struct BodyCollector {
    private static let prefixLength = 4096

    private let expected: UInt64
    private(set) var received: UInt64 = 0
    private(set) var body: [UInt8] = []
    private var digest: SHA256?

    init(expected: UInt64, limit: Int) {
        self.expected = expected
        if expected > UInt64(max(limit, 0)) { digest = SHA256() }
    }

    var isComplete: Bool { received == expected }

    /// Returns false if there are more bytes than the content header announced.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard UInt64(bytes.count) <= expected - received else { return false }
        received += UInt64(bytes.count)
        if digest == nil {
            // The announced size is below the limit, so reserving it is safe.
            if body.isEmpty { body.reserveCapacity(Int(expected)) }
            body.append(contentsOf: bytes)
        } else {
            digest?.update(bufferPointer: bytes)
            let missing = Self.prefixLength - body.count
            if missing > 0 { body.append(contentsOf: bytes.prefix(missing)) }
        }
        return true
    }

    /// SHA-256 of a body above the limit, else nil.
    func finalDigest() -> [UInt8]? { digest.map { Array($0.finalize()) } }
}
