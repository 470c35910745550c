package import Hummingbird
package import Web

extension HTTPServer {
    /// The HTTP server of a service over its partitions.
    package init(
        _ settings: ServiceSettings, _ observability: Observability, partitions: PartitionGroup,
        routes: (Router<BasicRequestContext>) -> Void = { _ in }
    ) {
        let scrape = MetricsScrape { [metrics = observability.metrics] in metrics.text }
        self.init(
            host: settings.httpHost, port: settings.httpPort, isReady: { partitions.isReady },
            metrics: { scrape.text }, routes: routes, logger: observability.logger)
    }
}
