extension History {
    /// Adds the messages that a service has applied and the observer never got. The broker routes a message to the
    /// queues of both, one after the other. If the sender's connection ends in between, the message is not confirmed;
    /// and if the receiver then says that it has it, the sender does not publish it again.
    ///
    /// Each takes its place behind the message before it in its stream.
    /// - Parameter sent: messages between services, from the files of their senders.
    /// - Returns: how many were added.
    package mutating func addUnobserved(_ sent: [ObservedMessage]) -> Int {
        let ends = finalStates.values.flatMap(\.streams).filter { !$0.isOutgoing }
        let applied = Dictionary(ends.map { ($0.stream, $0) }) { first, _ in first }
        let observed = Set(messages.map(\.messageID))
        let missing = sent.filter { message in
            guard !observed.contains(message.messageID), let stream = message.stream, let seq = message.seq,
                let end = applied[stream]
            else { return false }
            return end.epoch == message.epoch && seq <= end.last
        }
        for message in missing.sorted(by: { ($0.stream ?? "", $0.seq ?? 0) < ($1.stream ?? "", $1.seq ?? 0) }) {
            insert(message)
        }
        return missing.count
    }

    private mutating func insert(_ message: ObservedMessage) {
        let seq = message.seq ?? 0
        let before = messages.firstIndex { $0.stream == message.stream && $0.seq == seq - 1 }
        let after = messages.firstIndex { $0.stream == message.stream && $0.seq ?? 0 > seq }
        let place = before.map { $0 + 1 } ?? after ?? messages.count
        messages.insert(message, at: place)
        for index in notes.indices where notes[index].after > place { notes[index].after += 1 }
        for index in clockChanges.indices where clockChanges[index].after > place { clockChanges[index].after += 1 }
        if let rest = restPoint, rest.messages >= place { restPoint?.messages += 1 }
    }
}
