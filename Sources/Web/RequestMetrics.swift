package import HTTPTypes
package import Hummingbird
package import Metrics
import Synchronization

/// Counts responses and measures their time, by route and status. It must come before ``ProblemMiddleware``, so that it
/// sees the status of errors.
package final class RequestMetrics: RouterMiddleware {
    /// Help texts by metric name.
    package static let help = [
        "waitlist_http_requests_total": "Requests answered, by route and status",
        "waitlist_http_request_seconds_total": "Time spent on requests, by route",
        "waitlist_http_request_seconds": "Time per request, by route",
        "waitlist_http_waiting": "Polls that wait for an operation to end",
        "waitlist_http_streams": "Streams that are open",
        "waitlist_http_forwarded_total": "Requests to other processes, by result",
    ]

    /// What decides a response's labels. There are few: the parser knows a fixed set of methods, and the path is the
    /// template of a route.
    private struct Key: Hashable {
        let method: HTTPRequest.Method
        let endpointPath: String?
        let status: Int
    }

    /// The handles of a route and a status; those of the route alone are shared by its statuses in the factory.
    private struct Handles {
        let requests: Counter
        let seconds: FloatingPointCounter
        let time: Metrics.Timer

        init(route: String, status: Int, _ factory: any MetricsFactory) {
            let route = [("route", route)]
            requests = Counter(
                label: "waitlist_http_requests_total", dimensions: route + [("status", "\(status)")], factory: factory)
            seconds = FloatingPointCounter(
                label: "waitlist_http_request_seconds_total", dimensions: route, factory: factory)
            time = Timer(label: "waitlist_http_request_seconds", dimensions: route, factory: factory)
        }
    }

    private let factory: any MetricsFactory
    private let routeName: @Sendable (HTTPRequest.Method, _ endpointPath: String?) -> String?
    /// Kept, so that a request looks up no name and builds no label text. Nil for what is not counted.
    private let handles = Mutex<[Key: Handles?]>([:])

    /// - Parameter routeName: the label of a request by its method and its route's path template; nil if it is not
    ///   counted. It must not contain text of the client, which is unbounded.
    package init(
        factory: any MetricsFactory,
        routeName: @escaping @Sendable (HTTPRequest.Method, _ endpointPath: String?) -> String?
    ) {
        self.factory = factory
        self.routeName = routeName
    }

    @concurrent package func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let time = ContinuousClock.now - start
        let key = Key(method: request.method, endpointPath: context.endpointPath, status: response.status.code)
        if let handles = handles(for: key) {
            handles.requests.increment()
            handles.seconds.increment(by: time / .seconds(1))
            handles.time.record(duration: time)
        }
        return response
    }

    private func handles(for key: Key) -> Handles? {
        handles.withLock { handles in
            if let known = handles[key] { return known }
            let new = routeName(key.method, key.endpointPath).map { Handles(route: $0, status: key.status, factory) }
            handles.updateValue(new, forKey: key)
            return new
        }
    }
}
