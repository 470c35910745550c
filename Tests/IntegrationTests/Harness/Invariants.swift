import Contracts
import TestSupport

/// Invariants over all published messages. They hold in every test, whichever process was killed (contract sections 4
/// and 5).
struct Invariants {
    let partitions: Int

    func violations(in recorded: [RecordedMessage]) -> [String] {
        let ours = recorded.filter(\.isOurs)
        return Array((republications(ours) + sequences(ours) + spotStatuses(ours)).prefix(20))
    }

    /// A republished message has the same body and routing key.
    private func republications(_ ours: [RecordedMessage]) -> [String] {
        var first: [String: RecordedMessage] = [:]
        var violations: [String] = []
        for record in ours {
            guard let id = record.messageID else {
                violations.append("\(record.routingKey) has no message_id")
                continue
            }
            guard let known = first[id] else {
                first[id] = record
                continue
            }
            if known.body != record.body || known.routingKey != record.routingKey || known.seq != record.seq {
                violations.append("\(id) was published again with another content: \(known.text) and \(record.text)")
            }
        }
        return violations
    }

    /// In each stream and epoch, `seq` is 1, 2, 3, …, and epochs increase.
    private func sequences(_ ours: [RecordedMessage]) -> [String] {
        struct Position {
            var epoch: Int64 = .min
            var seq: Int64 = 0
        }
        var positions: [String: Position] = [:]
        var seen: Set<String> = []
        var violations: [String] = []
        for record in ours where !record.isNotification && seen.insert(record.messageID ?? "").inserted {
            guard let stream = record.stream, let epoch = record.epoch, let seq = record.seq else {
                violations.append("\(record.routingKey) has no stream headers")
                continue
            }
            var position = positions[stream, default: Position()]
            if epoch > position.epoch { position = Position(epoch: epoch) }
            if epoch < position.epoch || seq != position.seq + 1 {
                violations.append("\(stream) goes from \(position) to epoch \(epoch), seq \(seq)")
            }
            position.seq = seq
            positions[stream] = position
        }
        return violations
    }

    /// There are never more confirmed volunteers than spots; a volunteer is not confirmed twice without declining in
    /// between; only refusals follow `отменено`.
    private func spotStatuses(_ ours: [RecordedMessage]) -> [String] {
        var applications: [ID: Application] = [:]
        var seen: Set<String> = []
        var violations: [String] = []
        // Webhooks concern callers.
        let toNotifier = ours.lazy.filter {
            $0.routingKey.contains(".notifier.") && !$0.routingKey.hasPrefix("webhook_")
        }
        for record in toNotifier where seen.insert(record.messageID ?? "").inserted {
            guard let message = record.message, let id = message.applicationID else {
                violations.append("\(record.text) is not a message of the contract")
                continue
            }
            if let violation = applications[id, default: Application()].apply(message, inOrder: partitions == 1) {
                violations.append("\(id): \(violation)")
            }
        }
        // Messages to several notifier partitions are recorded in no particular order: only the end can be checked.
        for (id, application) in applications where application.confirmed.count > application.maxCapacity {
            violations.append(
                "\(id): \(application.confirmed.count) confirmed for \(application.maxCapacity) spots")
        }
        return violations
    }

    /// One application, reconstructed from the messages to the notifier.
    private struct Application {
        var capacity = 0
        var maxCapacity = 0
        var confirmed: Set<ID> = []
        var notifiedOfCancellation: Set<ID> = []

        mutating func apply(_ message: Message, inOrder: Bool) -> String? {
            switch message {
            case .create(let create): setCapacity(create.availableSpots)
            case .update(let update): setCapacity(update.availableSpots ?? capacity)
            case .response(let response): confirmed.remove(response.volunteerID)
            case .spotStatus(let record): return apply(record, inOrder: inOrder)
            default: break
            }
            return nil
        }

        private mutating func setCapacity(_ spots: Int) {
            capacity = spots
            maxCapacity = max(maxCapacity, spots)
        }

        private mutating func apply(_ record: SpotStatusRecord, inOrder: Bool) -> String? {
            let volunteer = record.userID
            if notifiedOfCancellation.contains(volunteer), record.status != .refused {
                return "\(volunteer) gets \(record.status.rawValue) after the cancellation"
            }
            switch record.status {
            case .confirmed:
                guard confirmed.insert(volunteer).inserted else { return "\(volunteer) is confirmed twice" }
                if inOrder, confirmed.count > capacity { return "\(confirmed.count) confirmed for \(capacity) spots" }
            case .cancelled: notifiedOfCancellation.insert(volunteer)
            default: break
            }
            return nil
        }
    }
}
