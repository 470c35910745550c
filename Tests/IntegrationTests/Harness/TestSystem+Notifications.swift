import Broker
import Contracts
import Foundation
import TestSupport

/// Notifications to users.
extension TestSystem {
    /// The notifications to one user, or to all users, in order, without republications.
    func notifications(to user: ID? = nil, about id: ID? = nil) -> [UserNotification] {
        recorder.notifications.filter { notification in
            if let user, notification.userID != user { return false }
            guard let application = notification.applicationID else { return true }
            return id.map { $0 == application } ?? !Marker.owns(application)
        }
    }

    /// The kinds of the notifications to one user.
    func kinds(to user: ID, about id: ID? = nil) -> [NotificationKind] {
        notifications(to: user, about: id).compactMap(\.kind)
    }
}

/// A stream from ApplicationService to a notifier partition, written by a test, with its own epoch.
struct ScriptedStream {
    let partition: Int
    private let producer: Int
    /// Ten years ago: one that is ahead of the service's clock, which a test may have set back, would be refused.
    private let epoch = Timestamp.now().advanced(by: .seconds(-10 * 365 * 86_400)).milliseconds
    private var seq: Int64 = 0

    init(to partition: Int = 0, from producer: Int = 0) {
        self.partition = partition
        self.producer = producer
    }

    private var name: String {
        "application.\(Partition(number: producer).name)>notifier.\(Partition(number: partition).name)"
    }

    /// The message with the next `seq`.
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
    /// A spot status record for a user.
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
