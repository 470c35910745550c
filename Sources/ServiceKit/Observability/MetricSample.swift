/// One value that is read when `/metrics` is scraped, because another component keeps it, such as a partition's file.
package struct MetricSample: Sendable {
    let name: String
    let type: MetricType
    let value: Double
    let labels: [(String, String)]

    /// A value that only grows.
    package static func counter(_ name: String, _ value: Double, _ labels: [(String, String)] = []) -> MetricSample {
        MetricSample(name: name, type: .counter, value: value, labels: labels)
    }

    package static func gauge(_ name: String, _ value: Double, _ labels: [(String, String)] = []) -> MetricSample {
        MetricSample(name: name, type: .gauge, value: value, labels: labels)
    }
}
