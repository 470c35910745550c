package import Contracts

/// A message that a decision causes, with its destination.
package struct AddressedMessage: Sendable, Hashable {
    package enum Destination: Sendable, Hashable {
        case waitlist
        /// The notifier partition of one volunteer.
        case notifier(of: ID)
        /// All notifier partitions: each keeps the application's name and times.
        case everyNotifier
    }

    package let destination: Destination
    package let message: Message

    package init(to destination: Destination, _ message: Message) {
        self.destination = destination
        self.message = message
    }
}

extension AddressedMessage {
    /// A spot status record to the volunteer's notifier partition.
    package static func notification(
        to volunteer: ID, about application: ID, _ status: SpotStatus, at now: Timestamp, expiresAt: Timestamp? = nil,
        position: Int? = nil, reason: String? = nil
    ) -> AddressedMessage {
        AddressedMessage(
            to: .notifier(of: volunteer),
            .spotStatus(
                SpotStatusRecord(
                    applicationID: application, userID: volunteer, status: status, timestamp: .instant(now),
                    expiresAt: expiresAt.map { .instant($0) }, position: position, reason: reason)))
    }
}
