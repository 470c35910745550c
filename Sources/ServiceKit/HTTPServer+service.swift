package import Hummingbird
import Logging
package import Web

extension HealthRoutes {
    /// The health and the metrics of a service's process.
    /// - Parameter problems: what keeps the process from being ready besides its partitions.
    package init(
        _ partitions: PartitionGroup, _ observability: Observability,
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
    /// The main listener of a service, at `HTTP_HOST` and `HTTP_PORT`: with as many connections as the process's
    /// descriptors allow.
    package init(
        _ settings: ServiceSettings, _ observability: Observability,
        routes: (Router<BasicRequestContext>) -> Void
    ) {
        let logger = observability.logger
        let descriptors = DescriptorLimit.raise()
        let partitions = settings.owned.count
        let connections = descriptors.connections(partitions: partitions)
        logger.info(
            "Connections are limited",
            metadata: ["connections": "\(connections)", "descriptors": "\(descriptors.count)"])
        if descriptors.isTooLow(partitions: partitions) {
            logger.warning(
                "Too few file descriptors for the partitions: raise the limit (ulimit -n)",
                metadata: [
                    "descriptors": "\(descriptors.count)",
                    "reserve": "\(DescriptorLimit.reserve(partitions: partitions))",
                ])
        }
        var limits = ConnectionLimits()
        limits.idleTime = settings.httpKeepAlive
        self.init(
            Address(host: settings.httpHost, port: settings.httpPort, settings: "HTTP_HOST, HTTP_PORT"),
            maxConnections: connections, limits: limits, logger: logger, routes: routes)
    }
}
