import Synchronization

/// Random bits that are unique, not secret (SplitMix64, Steele et al. 2014). The system's generator needs a system
/// call per number, which would dominate the cost of a message; this one uses it only for its seed.
final class SplitMix64: Sendable {
    private let state = Mutex(UInt64.random(in: .min ... .max))

    func next() -> (UInt64, UInt64) {
        state.withLock { (Self.next(&$0), Self.next(&$0)) }
    }

    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
