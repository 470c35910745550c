import Synchronization

/// Counters and gauges, as Prometheus text. swift-metrics has no such backend among the libraries at hand, and what is
/// needed is little: names, labels, numbers.
package final class Metrics: Sendable {
    private struct Family {
        let kind: String
        let help: String
        var samples: [String: Double] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let collectors = Mutex<[@Sendable () -> Void]>([])

    package init() {}

    /// Adds to a counter.
    package func add(_ name: String, _ amount: Double = 1, help: String, _ labels: KeyValuePairs<String, String> = [:])
    {
        change(name, kind: "counter", help: help, labels) { $0 += amount }
    }

    package func set(_ name: String, _ value: Double, help: String, _ labels: KeyValuePairs<String, String> = [:]) {
        change(name, kind: "gauge", help: help, labels) { $0 = value }
    }

    /// Called before each scrape, to set the gauges that somebody has to ask for.
    package func collect(_ collector: @escaping @Sendable () -> Void) {
        collectors.withLock { $0.append(collector) }
    }

    private func change(
        _ name: String, kind: String, help: String, _ labels: KeyValuePairs<String, String>,
        _ body: (inout Double) -> Void
    ) {
        let key = Self.key(labels)
        families.withLock { families in
            body(&families[name, default: Family(kind: kind, help: help)].samples[key, default: 0])
        }
    }

    /// The exposition format, version 0.0.4.
    package var text: String {
        for collector in collectors.withLock({ $0 }) { collector() }
        return families.withLock { families in
            families.sorted { $0.key < $1.key }.map { name, family in
                let samples = family.samples.sorted { $0.key < $1.key }.map { labels, value in
                    let number = Int64(exactly: value).map { "\($0)" } ?? "\(value)"
                    return "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(number)\n"
                }
                return "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind)\n" + samples.joined()
            }.joined()
        }
    }

    /// `a="1",b="2"`. Made anew for every request that is counted.
    private static func key(_ labels: KeyValuePairs<String, String>) -> String {
        var key = ""
        for (name, value) in labels {
            if !key.isEmpty { key += "," }
            key += name
            key += "=\""
            key += escaped(value)
            key += "\""
        }
        return key
    }

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
