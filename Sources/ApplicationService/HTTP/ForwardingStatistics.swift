import ServiceKit
import Synchronization

/// Counts the requests to other processes, for `/metrics`.
final class ForwardingStatistics: Sendable {
    enum Result: String, CaseIterable, Sendable {
        case answered
        /// No process serves the partition.
        case notServed = "not_served"
        /// The reply did not come in time.
        case noReply = "no_reply"
    }

    private let counts = Mutex<[Result: Int]>([:])

    func count(_ result: Result) {
        counts.withLock { $0[result, default: 0] += 1 }
    }

    var samples: [MetricSample] {
        let counts = counts.withLock(\.self)
        return Result.allCases.map { result in
            .counter("waitlist_http_forwarded_total", Double(counts[result] ?? 0), [("result", result.rawValue)])
        }
    }
}
