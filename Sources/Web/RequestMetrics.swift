import HTTPTypes
package import Metrics
import Synchronization

/// Counts and times HTTP requests by route and status. The handles are kept by route and status, so that a request
/// builds no label text.
package final class RequestMetrics: Sendable {
    /// Help texts by metric name.
    package static let help = [
        "waitlist_http_requests_total": "Requests answered, by route and status",
        "waitlist_http_request_seconds_total": "Time spent on requests, by route",
        "waitlist_http_request_seconds": "Time per request, by route",
        "waitlist_http_waiting": "Polls that wait for an operation to end",
    ]

    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    /// The handles of a route and a status; those of the route alone are shared by its statuses in the factory.
    private struct Handles {
        let requests: Counter
        let seconds: FloatingPointCounter
        let time: Metrics.Timer

        init(_ key: Key, _ factory: any MetricsFactory) {
            let route = [("route", key.route)]
            requests = Counter(
                label: "waitlist_http_requests_total", dimensions: route + [("status", "\(key.status)")],
                factory: factory)
            seconds = FloatingPointCounter(
                label: "waitlist_http_request_seconds_total", dimensions: route, factory: factory)
            time = Timer(label: "waitlist_http_request_seconds", dimensions: route, factory: factory)
        }
    }

    private let factory: any MetricsFactory
    private let handles = Mutex<[Key: Handles]>([:])

    package init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Records one answered request.
    /// - Parameter route: the route's name, never text of the client, which is unbounded.
    package func observe(route: String, status: Int, took: Duration) {
        let key = Key(route: route, status: status)
        handles.withLock { handles in
            let metrics = handles[key] ?? Handles(key, factory)
            handles[key] = metrics
            metrics.requests.increment()
            metrics.seconds.increment(by: took / .seconds(1))
            metrics.time.record(duration: took)
        }
    }
}
