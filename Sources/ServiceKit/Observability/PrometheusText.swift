/// Prometheus' text exposition format, version 0.0.4.
struct PrometheusText: CustomStringConvertible {
    private struct Family {
        let type: MetricType
        var series: [(labels: String, samples: [SeriesSample])] = []
    }

    private let help: [String: String]
    private var families: [String: Family] = [:]

    /// - Parameter help: help texts by metric name.
    init(help: [String: String]) {
        self.help = help
    }

    mutating func add(_ name: String, _ family: PrometheusMetrics.Family) {
        families[name, default: Family(type: family.type)].series += family.series.map { ($0, $1.samples) }
    }

    mutating func add(_ sample: MetricSample) {
        families[sample.name, default: Family(type: sample.type)].series.append(
            (Self.labels(sample.labels), [SeriesSample(value: sample.value)]))
    }

    /// Families by name, series by labels.
    var description: String {
        families.sorted { $0.key < $1.key }.map { name, family in
            let head = help[name].map { "# HELP \(name) \($0)\n" } ?? ""
            let series = family.series.sorted { $0.labels < $1.labels }
            return head + "# TYPE \(name) \(family.type.rawValue)\n"
                + series.flatMap { labels, samples in
                    samples.map { sample in
                        let labels = [labels, sample.label].filter { !$0.isEmpty }.joined(separator: ",")
                        let series = name + sample.suffix + (labels.isEmpty ? "" : "{\(labels)}")
                        return "\(series) \(Self.number(sample.value))\n"
                    }
                }.joined()
        }.joined()
    }

    /// A metric or label name: swift-metrics allows dots and dashes, Prometheus does not.
    static func name(_ label: String) -> String {
        guard label.utf8.contains(where: { !isNameByte($0) }) else { return label }
        return String(decoding: label.utf8.map { isNameByte($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// `a="1",b="2"`.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { "\(name($0))=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String { Int64(exactly: value).map { "\($0)" } ?? "\(value)" }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { [0x5c, 0x22, 0x0a].contains($0) }) else { return value }
        return value.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
