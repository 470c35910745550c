import Foundation
package import Logging
import Metrics
import Web

/// The log and the metrics of a service process.
package struct Observability: Sendable {
    package let logger: Logger
    package let metrics: PrometheusMetrics
    let serviceMetrics: [ServiceMetric]

    /// Sets up swift-log and swift-metrics for the process; possible once.
    package init(_ program: ServiceProgram, _ settings: ServiceSettings) {
        LoggingSystem.bootstrap(
            { [format = settings.logFormat, level = settings.logLevel] label, metadataProvider in
                format.handler(label: label, level: level, metadataProvider: metadataProvider)
            }, metadataProvider: ActiveRequest.metadataProvider)
        logger = Logger(label: program.executable)
        serviceMetrics = program.metrics
        let serviceHelp = Dictionary(uniqueKeysWithValues: serviceMetrics.map { ($0.name, $0.help) })
        metrics = PrometheusMetrics(
            help: PartitionMetrics.help.merging(RequestMetrics.help) { first, _ in first }
                .merging(serviceHelp) { first, _ in first })
        MetricsSystem.bootstrap(metrics)
    }
}
