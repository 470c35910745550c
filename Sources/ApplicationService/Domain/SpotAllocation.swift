package import Contracts

/// The one gate for spots: a decision under way about one application and, where one is concerned, one member.
/// Its verbs are the rules of contract section 5, side A; each is synchronous and pure, and leaves the new state
/// and the messages in this value. Time comes in; nothing is read from outside.
package struct SpotAllocation: Sendable {
    package private(set) var application: VolunteerApplication
    package internal(set) var member: Member?
    /// What is being told to many just now, of which this member may still be owed a part.
    let pendingBroadcasts: [Broadcast]
    package let now: Timestamp
    package internal(set) var messages: [AddressedMessage] = []
    package internal(set) var tellings: [Broadcast] = []

    /// - Parameter member: the member concerned, nil where the volunteer is unknown or nobody is concerned.
    package init(
        _ application: VolunteerApplication, member: Member? = nil, pendingBroadcasts: [Broadcast] = [], now: Timestamp
    ) {
        self.application = application
        self.member = member
        self.pendingBroadcasts = pendingBroadcasts
        self.now = now
        if self.application.status == .open, now >= application.startsAt { self.start() }
    }

    // MARK: - Opening, changing, ending

    /// A new application: open for responses, or `started` at once when its start lies in the past (rule 10).
    package static func create(
        _ create: CreateVolunteerApplication, origin: String, defaultZone: String, now: Timestamp
    ) -> SpotAllocation {
        let details = ApplicationDetails(create, defaultZone: defaultZone)
        var gate = SpotAllocation(
            VolunteerApplication(
                id: create.applicationID, fundID: create.fundID, details: details, capacity: create.availableSpots,
                startsAt: details.startsAt, origin: origin),
            now: now)
        var message = create
        message.timeZone = details.timeZone
        gate.sendToWaitlist(.create(message))
        gate.messages.append(AddressedMessage(to: .everyNotifier, .create(message)))
        return gate
    }

    /// The same create again changes nothing; another one under a known id is refused.
    package func repeated(origin: String) throws(Refusal) {
        if origin != application.origin { throw .differingApplication }
    }

    package mutating func update(_ update: UpdateVolunteerApplication) throws(Refusal) {
        if application.status == .cancelled { throw .applicationCancelled }
        let details = application.details.updated(by: update)
        let capacity = update.availableSpots ?? application.capacity
        if details == application.details, capacity == application.capacity { return }
        application.details = details
        application.startsAt = details.startsAt
        var message = update
        message.timeZone = details.timeZone
        sendToWaitlist(.update(message))
        messages.append(AddressedMessage(to: .everyNotifier, .update(message)))

        let freeBefore = application.free
        application.capacity = capacity
        if application.status == .started, now < application.startsAt {
            reopen()
        } else if application.status == .open, now >= application.startsAt {
            start()
        } else if application.status == .open {
            capacityChanged(from: freeBefore)
        }
    }

    /// Rule 7: nobody is removed; what is promised stays within what is free.
    private mutating func capacityChanged(from freeBefore: Int) {
        if application.reserved > application.free {
            reserve(application.free, lostToOthers: true)
        } else if application.waiting > 0, application.free > freeBefore {
            reserve(application.reserved + application.free - freeBefore)
        }
    }

    /// Rule 10: from the start on responses are refused and nothing is promised; nobody is told anything.
    /// WaitlistService hears of it like of any change of the reservation: were each side to end it by its own clock,
    /// a start that moves between the two would leave one side with promises that the other has forgotten.
    private mutating func start() {
        application.status = .started
        reserve(0)
    }

    /// Rule 10, moved from past to future. Spots that came free meanwhile are promised to those who wait, so that
    /// nobody waits untold beside a free spot.
    private mutating func reopen() {
        application.status = .open
        reserve(application.free)
    }

    /// Rule 11. Cancelling again changes nothing.
    package mutating func cancel(_ cancel: CancelVolunteerApplication) {
        if application.status == .cancelled { return }
        application.status = .cancelled
        application.reserved = 0
        sendToWaitlist(.cancel(cancel))
        messages.append(AddressedMessage(to: .everyNotifier, .cancel(cancel)))
        tellings.append(.cancelled(reason: cancel.reason))
    }

    // MARK: - What the rules share

    /// Goes on with another member of the same application, as a round does.
    package mutating func turn(to member: Member?) {
        self.member = member
    }

    /// Hands over the messages so far, so that a long round's stay bounded.
    package mutating func takeMessages() -> [AddressedMessage] {
        defer { messages.removeAll(keepingCapacity: true) }
        return messages
    }

    /// Rule 1. `repeating`: say it again even if unchanged (rules 3 and 5), for WaitlistService's answer to an
    /// older count of our messages was or will be ignored, and it must be moved to answer again.
    mutating func reserve(_ wanted: Int, repeating: Bool = false, lostToOthers: Bool = false) {
        let spots = application.waiting == 0 ? 0 : wanted
        guard spots != application.reserved else {
            if repeating, spots > 0 { sendReservation() }
            return
        }
        if application.reserved == 0 {
            // A release begins. Offers of older ones stop counting: an offer bears the number of its release.
            application.release += 1
        }
        application.reserved = spots
        if spots == 0, lostToOthers, application.waiting > 0 {
            tellings.append(.notChosen(release: application.release, lostAt: now))
        }
        sendReservation()
    }

    mutating func count(confirmed: Int = 0, waiting: Int = 0) {
        application.confirmed += confirmed
        application.waiting += waiting
    }

    private mutating func sendReservation() {
        sendToWaitlist(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: application.id, availableSpots: application.reserved, waitingVolunteers: [],
                    release: application.release, expiresAt: nil, seen: nil, more: nil)))
    }

    /// Every message about the application to WaitlistService counts: its answers say how many it has `seen`.
    mutating func sendToWaitlist(_ message: Message) {
        application.sent += 1
        messages.append(AddressedMessage(to: .waitlist, message))
    }

    mutating func tell(
        _ volunteer: ID, _ status: SpotStatus, expiresAt: Timestamp? = nil, position: Int? = nil, reason: String? = nil
    ) {
        messages.append(
            .telling(
                volunteer, of: application.id, status, at: now, expiresAt: expiresAt, position: position,
                reason: reason))
    }
}

extension AddressedMessage {
    /// What one volunteer is told: a spot status record to the volunteer's notifier partition.
    package static func telling(
        _ volunteer: ID, of application: ID, _ status: SpotStatus, at now: Timestamp, expiresAt: Timestamp? = nil,
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
