package import Contracts
import Synchronization

/// Bounds the memory of the request bodies that are being read or worked on, in all and per caller (contract section
/// 8): thousands of connections may send one at the same time.
package final class BodyBudget: Sendable {
    /// Of all callers' bodies in a service.
    package static let maxBytes = 32 << 20

    private let total: Int
    private let perCaller: Int
    private let used = Mutex(Used())

    private struct Used {
        var bytes = 0
        var byCaller: [ExactString: Int] = [:]
    }

    /// - Parameters:
    ///   - total: bytes of all callers' bodies.
    ///   - perCaller: bytes of one caller's, so that one alone does not take everything.
    package init(total: Int = maxBytes, perCaller: Int = 8 << 20) {
        self.total = total
        self.perCaller = perCaller
    }

    /// Gives back what `body` has taken when it returns.
    /// - Parameter caller: ``Caller/limitedName``.
    package func withAccount<Value>(
        of caller: ExactString?, _ body: (inout Account) async throws -> Value
    ) async rethrows -> Value {
        var account = Account(budget: self, caller: caller)
        defer { give(account.taken, caller) }
        return try await body(&account)
    }

    /// What one request has taken.
    package struct Account {
        fileprivate let budget: BodyBudget
        fileprivate let caller: ExactString?
        fileprivate var taken = 0

        /// - Throws: `unavailable` if that is too much for now.
        package mutating func take(_ bytes: Int) throws(Problem) {
            guard budget.take(bytes, caller) else {
                throw .unavailable("Too many request bodies at the same time.", retryAfter: .seconds(1))
            }
            taken += bytes
        }
    }

    private func take(_ bytes: Int, _ caller: ExactString?) -> Bool {
        used.withLock { used in
            guard used.bytes + bytes <= total else { return false }
            if let caller {
                let own = used.byCaller[caller, default: 0] + bytes
                guard own <= perCaller else { return false }
                used.byCaller[caller] = own
            }
            used.bytes += bytes
            return true
        }
    }

    private func give(_ bytes: Int, _ caller: ExactString?) {
        guard bytes > 0 else { return }
        used.withLock { used in
            used.bytes -= bytes
            guard let caller else { return }
            let own = used.byCaller[caller, default: 0] - bytes
            used.byCaller[caller] = own > 0 ? own : nil
        }
    }

    /// The bytes in use, for tests.
    var bytes: Int { used.withLock { $0.bytes } }
}
