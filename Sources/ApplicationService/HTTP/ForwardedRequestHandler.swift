import Contracts
import Ledger
import ServiceKit
import Synchronization

/// Answers the requests that other processes have received for the partitions of this one (contract section 8). A
/// class, because the partitions exist before the API that answers.
final class ForwardedRequestHandler: Sendable {
    /// Of one partition.
    static let limits = RequestLimits(concurrency: 1_024, bytes: Limits.forwardedRequestBytes)
    /// How many requests may wait for operations to end; others are answered at once. The rest of the places stays free
    /// for what does not wait.
    static let maxWaiting = Int(limits.concurrency) / 2

    private let api = Mutex<HTTPAPI?>(nil)
    private let waiting = Mutex(0)

    func begin(_ api: HTTPAPI) { self.api.withLock { $0 = api } }

    @Sendable func answer(
        _ request: RequestReplyMessage, from partition: RequestedPartition
    ) async throws -> RequestReplyMessage {
        guard case .forwardedRequest(var forwarded) = request else {
            return .refused(RequestRejected(reason: "this is not a request to ApplicationService"))
        }
        guard let api = api.withLock(\.self) else {
            return .refused(RequestRejected(reason: "this process has not started yet"))
        }
        let waits = forwarded.headers.contains { $0.name.lowercased() == "prefer" }
        let mayWait = waits && takePlace()
        defer { if mayWait { waiting.withLock { $0 -= 1 } } }
        if waits, !mayWait { forwarded.headers.removeAll { $0.name.lowercased() == "prefer" } }
        return try await api.answer(forwarded, from: partition)
    }

    private func takePlace() -> Bool {
        waiting.withLock { waiting in
            guard waiting < Self.maxWaiting else { return false }
            waiting += 1
            return true
        }
    }
}
