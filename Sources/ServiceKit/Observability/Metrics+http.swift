extension Metrics {
    /// One request that was answered.
    /// - Parameter name: the route's; never what the client wrote, of which there may be any number.
    package func observe(request name: String, status: Int, took: Duration) {
        add(
            "waitlist_http_requests_total", help: "Requests answered, by route and status.",
            ["route": name, "status": "\(status)"])
        add(
            "waitlist_http_request_seconds_total", took / .seconds(1), help: "Time spent on requests, by route.",
            ["route": name])
    }
}
