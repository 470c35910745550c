/// The type of a metric family, as written in its `# TYPE` line.
enum MetricType: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// One series of a family: the value or values of a name and a set of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// The samples to write, in order.
    var samples: [SeriesSample] { get }
}

/// One line of a series.
struct SeriesSample: Sendable {
    /// Appended to the family's name: `_bucket`, `_sum`, `_count`, or nothing.
    var suffix = ""
    /// A further label, as `le="0.5"`.
    var label = ""
    let value: Double
}
