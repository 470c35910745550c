import Broker
import Contracts

/// One application of `deploy/bench story`: its spots are taken, others wait, one who has a spot drops out, all who
/// wait are offered the spot, and the first of them who hears of it takes it.
struct Story {
    static let spots = 3
    static let waiting = 4

    /// The volunteers by their numbers: those who get spots at first, and those who wait.
    static let holders = VolunteerSet(0..<spots)
    static let listed = VolunteerSet(spots..<spots + waiting)
    /// The one who drops out.
    static let dropOut = 0

    /// What is published from outside: the create, a response of each, the drop-out and the claim.
    static let messages = 1 + spots + waiting + 2
    /// Those who get a spot, two of them the same one; those who wait; those with an offer; those not chosen.
    static let notifications = spots + 1 + waiting + waiting + waiting - 1

    /// Different in each round.
    let prefix: String
    let number: Int

    var application: ID { .trusted("\(prefix)-\(number)") }

    /// Everything that does not answer an offer, in order.
    var opening: [OutgoingMessage] {
        let accepts = (0..<Self.spots + Self.waiting).map { response(of: $0, .accepted, "accept") }
        return [Load.create(application, spots: Self.spots, messageID: "\(application)-create")] + accepts
            + [response(of: Self.dropOut, .declined, "decline")]
    }

    func claim(by volunteer: Int) -> OutgoingMessage { response(of: volunteer, .accepted, "claim") }

    private func response(of volunteer: Int, _ status: ResponseStatus, _ name: String) -> OutgoingMessage {
        let response = VolunteerResponse(
            volunteerID: .trusted("\(application)-\(volunteer)"), applicationID: application, status: status)
        return Load.message(.response(response), id: "\(application)-\(name)-\(volunteer)")
    }

    /// The number of the story, and of the volunteer in it, that a notification of this round concerns.
    static func read(_ notification: UserNotification, prefix: String) -> (story: Int, volunteer: Int)? {
        let parts = notification.userID.string.split(separator: "-")
        guard parts.count == 3, parts[0] == prefix, let story = Int(parts[1]), let volunteer = Int(parts[2]),
            notification.applicationID?.string == "\(prefix)-\(story)", 0..<spots + waiting ~= volunteer
        else { return nil }
        return (story, volunteer)
    }

    /// What the volunteers of one story were told.
    struct Told: Sendable {
        var confirmed = VolunteerSet()
        var waiting = VolunteerSet()
        var offered = VolunteerSet()
        var notChosen = VolunteerSet()
        /// Notifications of other kinds, and those that repeat one.
        var unexpected = 0
        /// Who has claimed the spot.
        var claimant: Int?

        mutating func add(_ kind: NotificationKind?, to volunteer: Int) {
            let isNew =
                switch kind {
                case .confirmed: confirmed.insert(volunteer)
                case .waiting: waiting.insert(volunteer)
                case .spotAvailable: offered.insert(volunteer)
                case .notChosen: notChosen.insert(volunteer)
                default: false
                }
            if !isNew { unexpected += 1 }
        }

        /// Whether the spot of the one who dropped out was given to exactly one, and everyone was told what concerns
        /// them, once.
        var isRight: Bool {
            guard let claimant, Story.listed.contains(claimant), unexpected == 0 else { return false }
            let winner = VolunteerSet(claimant..<claimant + 1)
            return confirmed == Story.holders.union(winner) && waiting == Story.listed && offered == Story.listed
                && notChosen == Story.listed.subtracting(winner)
        }
    }
}

/// A few small numbers.
struct VolunteerSet: OptionSet, Sendable {
    var rawValue: UInt32 = 0

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ numbers: Range<Int>) { rawValue = numbers.reduce(0) { $0 | 1 << UInt32($1) } }

    func contains(_ number: Int) -> Bool { rawValue & 1 << UInt32(number) != 0 }

    /// - Returns: whether it was not there yet.
    mutating func insert(_ number: Int) -> Bool { insert(VolunteerSet(number..<number + 1)).inserted }
}
