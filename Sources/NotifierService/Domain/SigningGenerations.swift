package import Contracts

/// Which of a caller's signing secrets sign a delivery.
package enum SigningGenerations {
    /// How long the secret before the current one signs too, after a rotation (contract section 6).
    package static let grace: Duration = .seconds(86_400)

    /// Generations of the secret, the current one first.
    package static func valid(current: Int, rotatedAt: Timestamp?, at now: Timestamp) -> [Int] {
        guard let rotatedAt, current > 0, now < rotatedAt.advanced(by: grace) else { return [current] }
        return [current, current - 1]
    }
}
