package import Contracts

/// `OWNED_PARTITIONS`: which partitions a process owns.
package enum PartitionSelection: Sendable, Hashable {
    /// The processes of a service that share a data folder divide all partitions among themselves.
    case automatic
    /// These, as long as the process runs.
    case listed([Partition])

    /// Reads `auto`, `all`, a list such as `0-3,7`, or `ordinal/replicas`.
    /// - Parameter count: the number of partitions.
    package init(_ text: String, of count: Int) throws(ConfigurationError) {
        switch text {
        case "auto": self = .automatic
        case "all": self = .listed((0..<count).map { Partition(number: $0) })
        default:
            guard let numbers = text.contains("/") ? Self.share(text, of: count) : Self.list(text, of: count) else {
                throw ConfigurationError(
                    """
                    OWNED_PARTITIONS must be auto, all, partitions from 0 to \(count - 1) as in 0-3,7, or an ordinal \
                    and a number of replicas from 1 to \(count) as in 0/3
                    """)
            }
            self = .listed(numbers.map { Partition(number: $0) })
        }
    }

    /// Those that the process may own, in order, each once.
    package func partitions(of count: Int) -> [Partition] {
        switch self {
        case .automatic: (0..<count).map { Partition(number: $0) }
        case .listed(let partitions): partitions
        }
    }

    private static func list(_ text: String, of count: Int) -> [Int]? {
        var numbers: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
                first >= 0, last < count
            else { return nil }
            numbers.formUnion(first...last)
        }
        return numbers.sorted()
    }

    /// Every partition whose number has the ordinal as its remainder. With more replicas than partitions some would
    /// never own one.
    private static func share(_ text: String, of count: Int) -> [Int]? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let ordinal = parts[0], let replicas = parts[1], (1...count).contains(replicas),
            (0..<replicas).contains(ordinal)
        else { return nil }
        return Array(stride(from: ordinal, to: count, by: replicas))
    }
}
