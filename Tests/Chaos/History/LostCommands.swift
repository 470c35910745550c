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
        // The ingress keeps its order: what was sent before a command with an effect was decided before it.
        let queued = history.commands.filter { $0.door == .broker }
        let afterDecided = queued.lastIndex { decided.contains($0.trace) }.map { $0 + 1 } ?? 0
        let ingress = Address(service: .application, partition: Partition(number: 0))
        // What another process forwarded stays in its outbox.
        let losesQueued = loss.kind == .brokerReplaced || loss.partitions.contains(ingress)
        func isLate(_ command: Command) -> Bool {
            history.confirmations[command.trace].map { $0 < loss.ended.time + Loss.delay } ?? true
        }
        let lostQueued = losesQueued ? queued[afterDecided...].filter(isLate) : []
        let answered = history.commands.filter { command in
            guard command.door == .http, let id = command.message?.applicationID else { return false }
            let partition = Partition.of(id, count: history.conditions.partitions)
            let decider = Address(service: .application, partition: partition)
            let isAfter = history.confirmations[command.trace].map { $0 >= loss.copied.time } ?? true
            return loss.partitions.contains(decider) && isAfter && isLate(command)
        }
        return (Array(lostQueued) + answered).map(\.trace)
    }
}
