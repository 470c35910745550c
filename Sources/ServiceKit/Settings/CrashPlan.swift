import Foundation
package import Ledger
import Synchronization

/// For tests: kills the process, as a power failure would, when it reaches a named point for the n-th time.
package final class CrashPlan: Sendable {
    private let point: CrashPoint
    private let remaining: Mutex<Int>

    /// - Parameter text: the name of a point, optionally with a number: `committed:3`.
    package init(_ text: String) throws(ConfigurationError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let point = parts.first.flatMap({ CrashPoint(rawValue: String($0)) }),
            let count = parts.count == 1 ? 1 : Int(parts[1]), parts.count <= 2, count > 0
        else {
            let names = CrashPoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("CRASH_POINT must be one of \(names), optionally with a number as in committed:3")
        }
        self.point = point
        remaining = Mutex(count)
    }

    package func reach(_ reached: CrashPoint) {
        guard reached == point else { return }
        let isDue = remaining.withLock { remaining in
            remaining -= 1
            return remaining == 0
        }
        if isDue { kill(getpid(), SIGKILL) }
    }
}
