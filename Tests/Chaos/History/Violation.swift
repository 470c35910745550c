package import Contracts

/// A way in which a history violates the contract.
package struct Violation: Sendable, Hashable, CustomStringConvertible {
    package enum Name: String, Sendable, CaseIterable {
        /// A command that the broker confirmed had no effect and was neither refused nor parked.
        case lost
        /// A command had its effect, or was refused or parked, more than once.
        case duplicated
        /// An effect without a command that caused it.
        case uncaused = "without cause"
        /// More confirmed volunteers than spots.
        case overbooked
        case confirmedAndWaiting = "confirmed and waiting"
        /// A volunteer waits while a spot is free, and was not notified.
        case stranded
        /// More spots are reserved than volunteers wait, so newcomers are turned away from them.
        case reservedForNobody = "reserved for nobody"
        /// A volunteer was skipped or has the wrong position, or commands took effect in the wrong order.
        case outOfOrder = "out of order"
        /// The two services' lists differ.
        case listsDiffer = "lists differ"
        case notNotified = "not notified"
        case notifiedTwice = "notified twice"
        /// A user was notified in the wrong order.
        case notifiedOutOfOrder = "notified out of order"
        case notReminded = "not reminded"
        /// An HTTP response differs from what happened.
        case wrongAnswer = "wrong answer"
        /// A service's file differs from what happened, or from another service's.
        case stateDiffers = "state differs"
        /// More offers than `OFFER_FACTOR` allows.
        case tooManyOffers = "too many offers"
        /// A message went to a partition that its key does not belong to.
        case wrongPartition = "wrong partition"
        /// A stream's numbers have gaps or repeat, or a republication differs.
        case misnumbered
        /// The two ends of a stream differ.
        case streamsDiffer = "streams differ"
        /// The durable counters do not add up.
        case unbalanced
        case notQuiescent = "not quiescent"
        /// Memory, files, descriptors or threads.
        case grew
        /// A service ended by itself or with a wrong exit code.
        case died
    }

    package let name: Name
    package let application: ID?
    package let volunteer: ID?
    package let text: String

    package init(_ name: Name, application: ID? = nil, volunteer: ID? = nil, _ text: String) {
        self.name = name
        self.application = application
        self.volunteer = volunteer
        self.text = text
    }

    package var description: String {
        let subject = [application.map { "application \($0)" }, volunteer.map { "volunteer \($0)" }].compactMap { $0 }
        return "\(name.rawValue): " + (subject.isEmpty ? "" : subject.joined(separator: ", ") + ": ") + text
    }
}
