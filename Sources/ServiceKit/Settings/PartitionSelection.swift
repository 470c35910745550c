package import Contracts
package import Ledger

/// `OWNED_PARTITIONS`: which partitions a process owns.
package enum PartitionSelection: Sendable, Hashable {
    /// The processes of a service that share a data folder divide all partitions among themselves.
    case automatic
    /// These, as long as the process runs.
    case listed([Partition])

    /// Reads `auto`, `all`, `none`, a list such as `0-3,7`, `ordinal/replicas`, or `ordinal/replicas+`.
    /// - Parameter count: the number of partitions.
    package init(_ text: String, of count: Int) throws(ConfigurationError) {
        switch text {
        case "auto": self = .automatic
        case "none": self = .listed([])
        case "all": self = .listed((0..<count).map { Partition(number: $0) })
        default:
            guard let numbers = text.contains("/") ? Self.share(text, of: count) : Self.list(text, of: count) else {
                throw ConfigurationError(
                    """
                    OWNED_PARTITIONS must be auto, all, none, partitions from 0 to \(count - 1) as in 0-3,7, or an \
                    ordinal and a number of replicas from 1 to \(count) as in 0/3, or 3/3+ for a later one
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

    /// The same after partitions were moved to and from other data folders.
    package func partitions(of count: Int, _ placements: [Partition: Placement]) -> [Partition] {
        let here = placements.filter { $0.value.place == .here && $0.key.number < count }
        return Set(partitions(of: count)).union(here.keys)
            .filter { placements[$0]?.place != .elsewhere }.sorted()
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
    /// never own one. With a plus sign, replicas that came later have higher ordinals, and own what is moved to them.
    private static func share(_ text: String, of count: Int) -> [Int]? {
        let mayBeLater = text.hasSuffix("+")
        let parts = text.dropLast(mayBeLater ? 1 : 0).split(separator: "/", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard parts.count == 2, let ordinal = parts[0], let replicas = parts[1], (1...count).contains(replicas),
            ordinal >= 0, mayBeLater || ordinal < replicas
        else { return nil }
        if ordinal >= replicas { return [] }
        return Array(stride(from: ordinal, to: count, by: replicas))
    }
}
