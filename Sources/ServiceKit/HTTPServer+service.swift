package import Hummingbird
package import Web

extension HealthRoutes {
    /// The health and the metrics of a service's process.
    /// - Parameter problems: what keeps the process from being ready besides its partitions.
    package init(
        _ partitions: OwnedPartitions, _ observability: Observability,
        problems: @escaping @Sendable () -> [String] = { [] }
    ) {
        let scrape = MetricsScrape { [metrics = observability.metrics] in metrics.text }
        self.init(problems: { partitions.problems + problems() }, metrics: { scrape.text })
    }

    package func addAll(to router: Router<BasicRequestContext>) {
        addProbes(to: router)
        addMetrics(to: router)
    }
}

extension HTTPServer {
    /// The main listener of a service, at `HTTP_HOST` and `HTTP_PORT`. Logs its limits.
    package init(
        _ settings: ServiceSettings, _ setup: ProcessSetup, routes: (Router<BasicRequestContext>) -> Void
    ) {
        setup.logLimits()
        var limits = ConnectionLimits()
        limits.idleTime = settings.httpKeepAlive
        self.init(
            Address(settings), maxConnections: setup.connections, limits: limits, logger: setup.logger, routes: routes)
    }
}

extension HTTPServer.Address {
    /// The main listener of a service.
    package init(_ settings: ServiceSettings) {
        self.init(host: settings.httpHost, port: settings.httpPort, settings: "HTTP_HOST, HTTP_PORT")
    }
}
