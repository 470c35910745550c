import Contracts

/// One message that must arrive, with a description for people.
struct Expectation: Sendable {
    /// The service that sends it.
    let author: String
    let what: String
    let isMet: @Sendable (ObservedMessage) -> Bool

    /// A spot status record (contract section 5, rule 9 and others).
    static func told(_ person: Cast.Person, _ status: SpotStatus, at position: Int? = nil) -> Expectation {
        let suffix = position.map { ", position \($0)" } ?? ""
        return Expectation(
            author: application,
            what: "spot_status: \(person.name) «\(status.rawValue)» (\(status.kind.gloss))\(suffix)"
        ) { observed in
            guard observed.recipient == .notifier, case .spotStatus(let record) = observed.message else { return false }
            let hasEnd = record.expiresAt != nil
            return record.userID == person.id && record.status == status && record.position == position
                && hasEnd == (status == .available)
        }
    }

    /// A notification (contract section 6). Only certain parts of its text are checked, since it may be in any
    /// language.
    static func reads(
        _ person: Cast.Person, _ kind: NotificationKind, naming parts: [String], notBefore: Timestamp? = nil
    ) -> Expectation {
        let names = parts.map { "«\($0)»" }.joined(separator: ", ")
        let time = notBefore.map { ", not before \(Clock.seconds($0))" } ?? ""
        return Expectation(
            author: notifier, what: "notification: \(person.name), of kind \(kind.rawValue), naming \(names)\(time)"
        ) { observed in
            guard observed.exchange == Exchange.notifications, case .notification(let notification) = observed.message
            else { return false }
            return notification.userID == person.id && notification.kind == kind
                && parts.allSatisfy(notification.message.contains)
                && notification.timestamp.timestamp(in: Clock.zone) >= notBefore ?? .earliest
        }
    }

    static let moved = Expectation(
        author: application, what: "update_volunteer_application to WaitlistService"
    ) { observed in
        guard observed.recipient == .waitlist, case .update = observed.message else { return false }
        return true
    }

    static let opened = Expectation(author: application, what: "create_volunteer_application: open for responses") {
        observed in
        guard observed.recipient == .waitlist, case .create = observed.message else { return false }
        return true
    }

    /// Rule 2.
    static func joins(_ person: Cast.Person) -> Expectation {
        Expectation(author: application, what: "volunteer_waiting: \(person.name) joins the waiting list") {
            observed in
            guard observed.recipient == .waitlist, case .waiting(let message) = observed.message else { return false }
            return message.volunteerID == person.id
        }
    }

    /// Rule 12.
    static func listed(_ person: Cast.Person, at position: Int) -> Expectation {
        Expectation(
            author: waitlist, what: "waiting_list_record: \(person.name) is on the list, at position \(position)"
        ) {
            observed in
            guard observed.recipient == .application, case .waitingListRecord(let record) = observed.message
            else { return false }
            return record.userID == person.id && record.position == position
        }
    }

    /// Rules 3 and 5.
    static func left(_ person: Cast.Person, _ status: ResponseStatus) -> Expectation {
        Expectation(
            author: application, what: "volunteer_response: \(person.name) has left the list, \(status.rawValue)"
        ) { observed in
            guard observed.recipient == .waitlist, case .response(let message) = observed.message else { return false }
            return message.volunteerID == person.id && message.status == status
        }
    }

    /// Rule 1.
    static func reserved(_ spots: Int, release: Int) -> Expectation {
        Expectation(
            author: application, what: "notify_free_spot to WaitlistService: \(spots) reserved, release \(release)"
        ) { observed in
            guard observed.recipient == .waitlist, case .notifyFreeSpot(let message) = observed.message
            else { return false }
            return message.availableSpots == spots && message.waitingVolunteers.isEmpty && message.release == release
        }
    }

    /// Rule 15: offers to all.
    static func offered(to people: [Cast.Person], spots: Int, release: Int) -> Expectation {
        let names = people.map(\.name).joined(separator: ", ")
        return Expectation(
            author: waitlist, what: "notify_free_spot to ApplicationService: offers of release \(release) to \(names)"
        ) { observed in
            guard observed.recipient == .application, case .notifyFreeSpot(let message) = observed.message
            else { return false }
            return message.availableSpots == spots && message.waitingVolunteers == people.map(\.id)
                && message.release == release && message.expiresAt != nil
        }
    }

    private static let application = "ApplicationService"
    private static let waitlist = "WaitlistService"
    private static let notifier = "NotifierService"
}
