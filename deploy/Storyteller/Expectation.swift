import Contracts

/// One message that must be seen, and how to say so to a person.
struct Expectation: Sendable {
    let what: String
    let isMet: @Sendable (Sighting) -> Bool

    /// Rule 9 of contract section 5, and what volunteers hear by the other rules.
    static func told(_ person: Cast.Person, _ status: SpotStatus, at position: Int? = nil) -> Expectation {
        let place = position.map { ", place \($0)" } ?? ""
        return Expectation(what: "\(person.name) is told «\(status.rawValue)» (\(status.gloss))\(place)") { sighting in
            guard sighting.recipient == .notifier, case .spotStatus(let record) = sighting.message else { return false }
            let hasEnd = record.expiresAt != nil
            return record.userID == person.id && record.status == status && record.position == position
                && hasEnd == (status == .available)
        }
    }

    static let opened = Expectation(what: "WaitlistService hears that the application is open") { sighting in
        guard sighting.recipient == .waitlist, case .create = sighting.message else { return false }
        return true
    }

    /// Rule 2.
    static func joins(_ person: Cast.Person) -> Expectation {
        Expectation(what: "volunteer_waiting: \(person.name) goes onto the waiting list") { sighting in
            guard sighting.recipient == .waitlist, case .waiting(let message) = sighting.message else { return false }
            return message.volunteerID == person.id
        }
    }

    /// Rule 12.
    static func listed(_ person: Cast.Person, at position: Int) -> Expectation {
        Expectation(what: "waiting_list_record: \(person.name) is on the list at place \(position)") { sighting in
            guard sighting.recipient == .application, case .waitingListRecord(let record) = sighting.message
            else { return false }
            return record.userID == person.id && record.position == position
        }
    }

    /// Rules 3 and 5.
    static func left(_ person: Cast.Person, _ status: ResponseStatus) -> Expectation {
        Expectation(what: "volunteer_response: \(person.name) has left the list, \(status.rawValue)") { sighting in
            guard sighting.recipient == .waitlist, case .response(let message) = sighting.message else { return false }
            return message.volunteerID == person.id && message.status == status
        }
    }

    /// Rule 1.
    static func reserved(_ spots: Int, release: Int) -> Expectation {
        Expectation(what: "notify_free_spot to WaitlistService: \(spots) reserved, release \(release)") { sighting in
            guard sighting.recipient == .waitlist, case .notifyFreeSpot(let message) = sighting.message
            else { return false }
            return message.availableSpots == spots && message.waitingVolunteers.isEmpty && message.release == release
        }
    }

    /// Rule 15, offers to all.
    static func offered(to people: [Cast.Person], spots: Int, release: Int) -> Expectation {
        let names = people.map(\.name).joined(separator: ", ")
        return Expectation(
            what: "notify_free_spot to ApplicationService: offers of release \(release) to \(names)"
        ) { sighting in
            guard sighting.recipient == .application, case .notifyFreeSpot(let message) = sighting.message
            else { return false }
            return message.availableSpots == spots && message.waitingVolunteers == people.map(\.id)
                && message.release == release && message.expiresAt != nil
        }
    }
}

extension SpotStatus {
    /// The word in English.
    var gloss: String {
        switch self {
        case .available: "a spot is to be had"
        case .notChosen: "not chosen"
        case .confirmed: "has a spot"
        case .waiting: "on the waiting list"
        case .cancelled: "the application is cancelled"
        case .refused: "refused"
        }
    }
}
