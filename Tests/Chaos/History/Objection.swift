package import Contracts

/// What the checker holds against a history.
package struct Objection: Sendable, Hashable, CustomStringConvertible {
    package enum Name: String, Sendable, CaseIterable {
        /// A command that the broker took had no effect, was not refused and not parked.
        case lost
        /// A command had its effect, its refusal or its parking more than once.
        case doubled
        /// Something happened that nobody caused.
        case causeless
        /// More confirmed than spots.
        case overbooked
        case confirmedAndWaiting = "confirmed and waiting"
        /// Waits beside a free spot and was not told.
        case stranded
        /// Somebody was passed by, or stands at another place than in the list.
        case outOfOrder = "out of order"
        /// The two services' lists differ.
        case listsDiffer = "lists differ"
        case untold
        case toldTwice = "told twice"
        /// A user heard things in another order than they happened.
        case toldOutOfOrder = "told out of order"
        case unreminded
        /// On a list, offered beyond `OFFER_FACTOR`.
        case overoffered
        /// In another partition than its key's.
        case astray
        /// A stream's numbers have holes or repeat, or a republication says something else.
        case misnumbered
        /// The two ends of a stream differ.
        case streamsDiffer = "streams differ"
        /// The durable counters do not add up.
        case unbalanced
        case notAtRest = "not at rest"
        /// Memory, files, descriptors or threads.
        case grown
        /// A service ended by itself, or not as it should.
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
        let whom = [application.map { "application \($0)" }, volunteer.map { "volunteer \($0)" }].compactMap { $0 }
        return "\(name.rawValue): " + (whom.isEmpty ? "" : whom.joined(separator: ", ") + ": ") + text
    }
}
