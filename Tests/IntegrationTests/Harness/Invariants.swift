import Contracts
import TestSupport

/// What holds in every story, whatever was killed meanwhile (contract sections 4 and 5).
struct Invariants {
    let partitions: Int

    func violations(in recorded: [Watch.Recorded]) -> [String] {
        let ours = recorded.filter(\.isOurs)
        return Array((republications(ours) + sequences(ours) + tellings(ours)).prefix(20))
    }

    /// A republication bears the same body and goes the same way.
    private func republications(_ ours: [Watch.Recorded]) -> [String] {
        var first: [String: Watch.Recorded] = [:]
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
                violations.append("\(id) was published again as something else: \(known.text) and \(record.text)")
            }
        }
        return violations
    }

    /// Per stream and epoch seq is 1, 2, 3, …, and epochs grow.
    private func sequences(_ ours: [Watch.Recorded]) -> [String] {
        struct Place {
            var epoch: Int64 = .min
            var seq: Int64 = 0
        }
        var places: [String: Place] = [:]
        var seen: Set<String> = []
        var violations: [String] = []
        for record in ours where !record.isNotification && seen.insert(record.messageID ?? "").inserted {
            guard let stream = record.stream, let epoch = record.epoch, let seq = record.seq else {
                violations.append("\(record.routingKey) has no stream headers")
                continue
            }
            var place = places[stream, default: Place()]
            if epoch > place.epoch { place = Place(epoch: epoch) }
            if epoch < place.epoch || seq != place.seq + 1 {
                violations.append("\(stream) goes from \(place) to epoch \(epoch), seq \(seq)")
            }
            place.seq = seq
            places[stream] = place
        }
        return violations
    }

    /// Never more confirmed than spots; nobody confirmed twice without a decline between; nothing but a refusal after
    /// `отменено`.
    private func tellings(_ ours: [Watch.Recorded]) -> [String] {
        var stories: [ID: Story] = [:]
        var seen: Set<String> = []
        var violations: [String] = []
        let toNotifier = ours.lazy.filter { $0.routingKey.contains(".notifier.") }
        for record in toNotifier where seen.insert(record.messageID ?? "").inserted {
            guard let message = record.message, let id = message.applicationID else {
                violations.append("\(record.text) is none of the contract's shapes")
                continue
            }
            if let violation = stories[id, default: Story()].hear(message, inOrder: partitions == 1) {
                violations.append("\(id): \(violation)")
            }
        }
        // What goes to several notifier partitions is seen in no certain order, so that only the end can be judged.
        for (id, story) in stories where story.confirmed.count > story.most {
            violations.append("\(id): \(story.confirmed.count) confirmed for \(story.most) spots")
        }
        return violations
    }

    /// One application, as its notifier hears of it.
    private struct Story {
        var capacity = 0
        var most = 0
        var confirmed: Set<ID> = []
        var toldOfCancellation: Set<ID> = []

        mutating func hear(_ message: Message, inOrder: Bool) -> String? {
            switch message {
            case .create(let create): take(create.availableSpots)
            case .update(let update): take(update.availableSpots ?? capacity)
            case .response(let response): confirmed.remove(response.volunteerID)
            case .spotStatus(let record): return hear(record, inOrder: inOrder)
            default: break
            }
            return nil
        }

        private mutating func take(_ spots: Int) {
            capacity = spots
            most = max(most, spots)
        }

        private mutating func hear(_ record: SpotStatusRecord, inOrder: Bool) -> String? {
            let volunteer = record.userID
            if toldOfCancellation.contains(volunteer), record.status != .refused {
                return "\(volunteer) is told \(record.status.rawValue) after the cancellation"
            }
            switch record.status {
            case .confirmed:
                guard confirmed.insert(volunteer).inserted else { return "\(volunteer) is confirmed twice" }
                if inOrder, confirmed.count > capacity { return "\(confirmed.count) confirmed for \(capacity) spots" }
            case .cancelled: toldOfCancellation.insert(volunteer)
            default: break
            }
            return nil
        }
    }
}
