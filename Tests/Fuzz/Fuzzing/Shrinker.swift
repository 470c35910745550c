/// Makes an input that violates a property as small as it can, so that people see the cause.
package enum Shrinker {
    /// - Parameters:
    ///   - tries: the maximum number of calls; for a crash each costs a process.
    ///   - isViolation: whether an input still violates the same property.
    package static func shrink(_ input: [UInt8], tries: Int, _ isViolation: ([UInt8]) -> Bool) -> [UInt8] {
        var best = input
        var triesLeft = tries
        func holds(_ candidate: [UInt8]) -> Bool {
            guard triesLeft > 0 else { return false }
            triesLeft -= 1
            return isViolation(candidate)
        }
        // Remove halves, then quarters and so on, as long as the violation remains.
        var size = max(1, best.count / 2)
        while triesLeft > 0 {
            var start = 0
            while start < best.count, triesLeft > 0 {
                let candidate = Array(best[..<start] + best[min(best.count, start + size)...])
                if holds(candidate) { best = candidate } else { start += size }
            }
            if size == 1 { break }
            size = max(1, size / 2)
        }
        // Replace the bytes that do not matter.
        for index in best.indices where best[index] != UInt8(ascii: "a") {
            var candidate = best
            candidate[index] = UInt8(ascii: "a")
            if holds(candidate) { best = candidate }
        }
        return best
    }
}
