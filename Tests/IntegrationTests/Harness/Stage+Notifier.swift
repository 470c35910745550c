import Broker
import Contracts
import Foundation
import TestSupport

/// What people were written, and NotifierService spoken to alone, as ApplicationService would.
extension Stage {
    /// The notifications to one user, or to all, in order, each once.
    func letters(to user: ID? = nil, about id: ID? = nil) -> [UserNotification] {
        watch.notified.filter { letter in
            if let user, letter.userID != user { return false }
            guard let application = letter.applicationID else { return true }
            return id.map { $0 == application } ?? !Marker.owns(application)
        }
    }

    /// Their kinds.
    func kinds(to user: ID, about id: ID? = nil) -> [NotificationKind] {
        letters(to: user, about: id).compactMap(\.kind)
    }
}

/// A stream to a notifier partition, written by a test: numbers from 1, in an epoch of its own.
struct ScriptedGate {
    let partition: Int
    private let producer: Int
    private let epoch = Timestamp.now().milliseconds
    private var seq: Int64 = 0

    init(to partition: Int = 0, from producer: Int = 0) {
        self.partition = partition
        self.producer = producer
    }

    private var name: String {
        "application.\(Partition(number: producer).name)>notifier.\(Partition(number: partition).name)"
    }

    /// The message with the next number.
    mutating func next(_ message: Message) -> OutgoingMessage {
        seq += 1
        return OutgoingMessage(
            exchange: Exchange.spotUpdates,
            routingKey: "\(message.action.rawValue).notifier.\(Partition(number: partition).name)",
            properties: MessageProperties(
                contentType: "application/json", messageID: "\(name)/\(epoch)/\(seq)", type: message.action.rawValue,
                userID: "guest", deliveryMode: 2,
                headers: [
                    HeaderName.stream: .string(name), HeaderName.epoch: .int(epoch), HeaderName.seq: .int(seq),
                ]),
            body: message.encoded())
    }
}

extension Message {
    /// ApplicationService's word to a user.
    static func status(
        _ status: SpotStatus, _ user: ID, _ id: ID, at time: Timestamp = .now(), until end: Timestamp? = nil,
        position: Int? = nil, reason: String? = nil
    ) -> Message {
        .spotStatus(
            SpotStatusRecord(
                applicationID: id, userID: user, status: status, timestamp: .instant(time),
                expiresAt: end.map { .instant($0) }, position: position, reason: reason))
    }
}
