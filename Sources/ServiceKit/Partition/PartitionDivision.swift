import Contracts

/// How the processes of a service that share a data folder divide its partitions. Each process decides for itself, by
/// the same rules and from the same list, what to take and what to give up; no more partitions change their process
/// than equal shares require.
struct PartitionDivision {
    struct Process: Sendable, Hashable {
        let name: String
        /// Those that it is about to own, or to give up, included.
        let owned: Set<Partition>
        /// Whether one of them is not served yet, or no more.
        let isChanging: Bool
        /// Whether it takes part: it owns what it gets, and can reach the broker.
        let takesPart: Bool
    }

    private let processes: [Process]
    private let free: [Partition]
    /// Of those that take part, by name.
    private let shares: [String: Int]

    /// - Parameters:
    ///   - count: the number of partitions.
    ///   - elsewhere: those that were moved to other data folders.
    ///   - processes: those that run. What others owned is free.
    init(count: Int, elsewhere: Set<Partition> = [], processes: [Process]) {
        self.processes = processes
        let all = Set((0..<count).map { Partition(number: $0) }).subtracting(elsewhere)
        free = processes.reduce(all) { $0.subtracting($1.owned) }.sorted()
        // Others keep what they own, or give it up by their own rules.
        let participants = processes.filter(\.takesPart).sorted {
            ($1.owned.count, $0.name) < ($0.owned.count, $1.name)
        }
        let divided = free.count + Set(participants.flatMap(\.owned)).count
        var shares: [String: Int] = [:]
        // Who owns the most keeps the most: the shares differ by at most one, and the fewest partitions move.
        for (index, process) in participants.enumerated() {
            let hasOneMore = index < divided % participants.count
            shares[process.name] = divided / participants.count + (hasOneMore ? 1 : 0)
        }
        self.shares = shares
    }

    /// The free partitions that this process takes.
    func taken(by name: String) -> [Partition] {
        var counts = Dictionary(uniqueKeysWithValues: processes.map { ($0.name, $0.owned.count) })
        var taken: [Partition] = []
        for partition in free {
            let receiver = shares.keys.filter { counts[$0, default: 0] < shares[$0, default: 0] }
                .min { (counts[$0, default: 0], $0) < (counts[$1, default: 0], $1) }
            guard let receiver else { break }
            counts[receiver, default: 0] += 1
            if receiver == name { taken.append(partition) }
        }
        return taken
    }

    /// The partition that this process gives up now; nil if none, or if it is not its turn: one partition moves at a
    /// time, so that the others are served.
    func givenUp(by name: String) -> Partition? {
        guard let process = processes.first(where: { $0.name == name }) else { return nil }
        guard process.takesPart else { return process.owned.max() }
        let participants = processes.filter(\.takesPart)
        guard free.isEmpty, !participants.contains(where: \.isChanging) else { return nil }
        func surplus(_ process: Process) -> Int { process.owned.count - shares[process.name, default: 0] }
        let first = participants.max { (surplus($0), $1.name) < (surplus($1), $0.name) }
        guard let first, first.name == name, surplus(first) > 0 else { return nil }
        // The ingress stays where it is as long as it can: it belongs to the owner of p00.
        return process.owned.max()
    }
}
