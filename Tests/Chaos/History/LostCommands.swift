import Contracts

/// The commands that may be lost: those that ApplicationService decided after the copy that it went on with, and those
/// that a replaced broker still had.
struct LostCommands {
    private let traces: Set<String>
    /// Those that may have been decided twice: they are lost and were sent again, or an attempt to send them was lost.
    let repeated: Set<String>

    init(_ history: History) {
        var traces: Set<String> = []
        for loss in history.losses where loss.kind == .brokerReplaced || loss.concerns(.application) {
            traces.formUnion(Self.traces(of: loss, in: history))
        }
        self.traces = traces
        let attempts = history.commands.filter { command in
            history.losses.contains { loss in
                guard loss.concerns(.application), let sent = history.beginnings[command.trace] else { return false }
                let confirmed = history.confirmations[command.trace] ?? .zero
                return sent <= loss.ended.time && confirmed >= loss.copied.time
            }
        }
        repeated = traces.union(attempts.map(\.trace))
    }

    func contains(_ command: Command) -> Bool { traces.contains(command.trace) }

    private static func traces(of loss: Loss, in history: History) -> [String] {
        let decided = Set(
            history.messages.prefix(loss.copied.messages).compactMap { $0.producer == nil ? nil : $0.trace })
        /// What is no message is parked by the owner of the ingress.
        func decider(_ command: Command) -> Address {
            let count = history.conditions.partitions
            let partition = command.message?.applicationID.map { Partition.of($0, count: count) }
            return Address(service: .application, partition: partition ?? Partition(number: 0))
        }
        func isLate(_ command: Command) -> Bool {
            history.confirmations[command.trace].map { $0 < loss.ended.time + Loss.delay } ?? true
        }
        // The ingress keeps its order for each partition: what was sent before a command with an effect was decided
        // before it.
        let queued = history.commands.filter { $0.door == .broker }
        var lastDecided: [Address: Int] = [:]
        for (index, command) in queued.enumerated() where decided.contains(command.trace) {
            lastDecided[decider(command)] = index
        }
        let lostQueued = queued.enumerated().filter { index, command in
            let isLost = loss.kind == .brokerReplaced || loss.partitions.contains(decider(command))
            return isLost && index > lastDecided[decider(command)] ?? -1 && isLate(command)
        }
        let answered = history.commands.filter { command in
            guard command.door == .http, command.message?.applicationID != nil else { return false }
            let isAfter = history.confirmations[command.trace].map { $0 >= loss.copied.time } ?? true
            return loss.partitions.contains(decider(command)) && isAfter && isLate(command)
        }
        return (lostQueued.map(\.element) + answered).map(\.trace)
    }
}
