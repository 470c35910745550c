/// One response of `/metrics`.
package struct MetricsSnapshot: Sendable {
    package let text: String

    package init(text: String) {
        self.text = text
    }

    /// The sum of all samples with this name whose labels contain `label`, for example `partition="waitlist.p00"`.
    package func sum(_ name: String, where label: String = "") -> Double {
        samples(name, where: label).reduce(0, +)
    }

    package func has(_ name: String) -> Bool { !samples(name, where: "").isEmpty }

    private func samples(_ name: String, where label: String) -> [Double] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix(name), let space = line.lastIndex(of: " ") else { return nil }
            let series = line[..<space]
            let rest = series.dropFirst(name.count)
            guard rest.isEmpty || rest.first == "{", label.isEmpty || rest.contains(label) else { return nil }
            return Double(line[line.index(after: space)...])
        }
    }
}
