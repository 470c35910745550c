import Foundation
package import Ledger
import Synchronization

/// For tests: the process dies, as by a power cut, at the n-th passing of a named point.
package final class CrashPlan: Sendable {
    private let point: CrashPoint
    private let passings: Mutex<Int>

    /// - Parameter text: a point's name, or with a number: `committed:3`.
    package init(_ text: String) throws(ConfigurationError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let point = parts.first.flatMap({ CrashPoint(rawValue: String($0)) }),
            let count = parts.count == 1 ? 1 : Int(parts[1]), parts.count <= 2, count > 0
        else {
            let names = CrashPoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("CRASH_POINT must be one of \(names), optionally with a number as in committed:3")
        }
        self.point = point
        passings = Mutex(count)
    }

    package func reach(_ reached: CrashPoint) {
        guard reached == point else { return }
        let isDue = passings.withLock { left in
            left -= 1
            return left == 0
        }
        if isDue { kill(getpid(), SIGKILL) }
    }
}
