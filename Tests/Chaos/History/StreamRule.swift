import Contracts

/// Streams, counters and queues at the end: no message is missing between two services, the counters account for every
/// message, and nothing is left in a queue or blocked (contract section 4).
struct StreamRule {
    private let evidence: Evidence
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var rule = StreamRule(evidence: evidence)
        rule.checkRepublications()
        for stream in evidence.allStreams {
            rule.checkNumbers(stream)
            rule.checkPartitions(stream)
        }
        rule.checkEnds()
        // Counters are in the files: what was lost is not counted, or counted again.
        if evidence.history.losses.isEmpty { rule.checkCounters() }
        rule.checkQueuesAndBlocked()
        return rule.violations
    }

    private init(evidence: Evidence) { self.evidence = evidence }

    private func finalState(_ service: ServiceName) -> History.FinalState {
        evidence.history.finalStates[service] ?? History.FinalState()
    }

    private mutating func checkRepublications() {
        var first: [String: ObservedMessage] = [:]
        for observed in evidence.history.messages where observed.producer != nil {
            guard let known = first.updateValue(observed, forKey: observed.messageID) else { continue }
            if known != observed {
                let text = "\(observed.messageID) was republished with different content: \(observed.line)"
                violations.append(Violation(.misnumbered, application: observed.message?.applicationID, text))
            }
        }
    }

    private mutating func checkNumbers(_ stream: Evidence.Stream) {
        // A file that was lost knows nothing of its latest messages to the outside.
        guard stream.consumer != nil || evidence.history.losses.isEmpty else { return }
        var epoch: Int64?
        var number: Int64 = 0
        for observed in stream.messages {
            guard let position = observed.position else { continue }
            // A new epoch begins where something was lost.
            if !evidence.history.losses.isEmpty, position.epoch != epoch { (epoch, number) = (position.epoch, 0) }
            number += 1
            // Messages to the outside have no epoch: their ids contain the time instead.
            let isOtherEpoch = observed.stream != nil && position.epoch != epoch ?? position.epoch
            if position.number != number || isOtherEpoch {
                let text = "\(stream.name) has \(observed.messageID) at position \(number)"
                return violations.append(Violation(.misnumbered, application: observed.message?.applicationID, text))
            }
            if observed.stream ?? stream.name != stream.name || observed.seq ?? position.number != position.number {
                violations.append(Violation(.misnumbered, "\(observed.messageID) has different stream headers"))
            }
            epoch = position.epoch
        }
    }

    /// The application's id determines the deciding partition, the user's id the notifying one (contract section 3).
    private mutating func checkPartitions(_ stream: Evidence.Stream) {
        let count = evidence.history.conditions.partitions
        for end in [stream.producer, stream.consumer].compactMap(\.self) {
            // The first partition forwards commands for the others.
            if end == stream.producer, stream.consumer?.service == .application, end.service == .application {
                continue
            }
            let belongs = { (id: ID) in Partition.of(id, count: count) == end.partition }
            for observed in stream.messages {
                let key = end.service == .notifier ? observed.message?.userID : observed.message?.applicationID
                guard let key, !belongs(key) else { continue }
                let text = "\(key) does not belong to \(end.name): \(observed.line)"
                violations.append(Violation(.wrongPartition, application: observed.message?.applicationID, text))
            }
        }
    }

    private mutating func checkEnds() {
        var ins: [String: History.StreamPosition] = [:]
        let all = ServiceName.allCases.flatMap { finalState($0).streams }
        let counts = Dictionary(
            uniqueKeysWithValues: evidence.allStreams.map { stream in
                let last = stream.messages.last?.epoch
                return (stream.name, stream.messages.count { $0.epoch == last })
            })
        for standing in all where !standing.isOutgoing { ins[standing.stream] = standing }
        for out in all where out.isOutgoing {
            let isStream = StreamName(parsing: out.stream) != nil
            let seen = Int64(counts[out.stream] ?? 0)
            if seen != out.last, isStream || evidence.history.losses.isEmpty {
                violations.append(
                    Violation(.streamsDiffer, "\(out.stream): \(out.last) were sent, \(seen) were observed"))
            }
            guard isStream, out.last > 0 else { continue }
            let end = ins[out.stream]
            if end?.last == out.last, end?.epoch == out.epoch { continue }
            let applied = end.map { "\($0.last) of epoch \($0.epoch)" } ?? "none"
            violations.append(
                Violation(
                    .streamsDiffer, "\(out.stream): \(out.last) of epoch \(out.epoch) were sent, \(applied) applied"))
        }
    }

    /// Received = applied + refused + parked + forwarded + discarded; redeliveries are deduplicated.
    private mutating func checkCounters() {
        for service in ServiceName.allCases {
            let finalState = finalState(service)
            func sum(_ names: String...) -> Int { names.reduce(0) { $0 + finalState.counters[$1, default: 0] } }
            let streamed = finalState.streams.filter { !$0.isOutgoing }.reduce(0) { $0 + Int($1.last) }
            // Requests over HTTP are no messages, and are not counted.
            let commands = evidence.history.commands.count { $0.door == .broker }
            let sent = streamed + (service == .application ? commands : 0)
            let done = sum("applied", "refused", "parked", "forwarded", "discarded")
            if done != sent {
                let name: Violation.Name = done < sent ? .lost : .duplicated
                violations.append(
                    Violation(
                        name,
                        "\(service.rawValue): \(sent) received, \(done) accounted for: \(finalState.counters)"
                    ))
            }
            if !(0...sum("deduplicated")).contains(sum("accepted") - done) {
                violations.append(Violation(.unbalanced, "\(service.rawValue): \(finalState.counters)"))
            }
            if sum("refused") != finalState.refused.count {
                let text =
                    "\(service.rawValue): refused counts \(sum("refused")), the list has \(finalState.refused.count)"
                violations.append(Violation(.unbalanced, text))
            }
        }
        let notifications = evidence.messages(.toWorld)
        let notified = finalState(.notifier).counters["notified", default: 0]
        if notified != notifications.count {
            violations.append(
                Violation(.unbalanced, "\(notified) notifications were counted, \(notifications.count) were observed"))
        }
        let reminders = notifications.count { observed in
            guard case .notification(let notification) = observed.message else { return false }
            return notification.kind == .reminder
        }
        let reminded = finalState(.notifier).counters["reminded", default: 0]
        if reminded != reminders {
            violations.append(Violation(.unbalanced, "\(reminded) reminders were counted, \(reminders) were observed"))
        }
    }

    private mutating func checkQueuesAndBlocked() {
        for (queue, count) in evidence.history.queues.sorted(by: { $0.key < $1.key }) where count > 0 {
            violations.append(Violation(.notQuiescent, "\(queue) holds \(count) messages"))
        }
        for service in ServiceName.allCases {
            for line in finalState(service).blocked {
                violations.append(Violation(.notQuiescent, "\(service.rawValue) has a blocked message: \(line)"))
            }
            if service != .application, let parked = finalState(service).parked.first {
                violations.append(Violation(.uncaused, "\(service.rawValue) parked \(parked)"))
            }
        }
    }
}

extension Message {
    /// The user that the message is for, if it is for one.
    fileprivate var userID: ID? {
        switch self {
        case .notification(let notification): notification.userID
        case .spotStatus(let record): record.userID
        default: nil
        }
    }
}
