package import Contracts

/// A decision about the spots of one application and, where one is concerned, about one member.
///
/// Its verbs are the rules of contract section 5, side A. Each is synchronous and pure: the time is passed in, and the
/// new state and the messages are left in this value.
package struct SpotAllocation: Sendable {
    package private(set) var application: VolunteerApplication
    package internal(set) var member: Member?
    /// The broadcasts still being sent, which may not have reached this member yet.
    let pendingBroadcasts: [Broadcast]
    package let now: Timestamp
    package internal(set) var messages: [AddressedMessage] = []
    /// The broadcasts that this decision begins.
    package internal(set) var broadcasts: [Broadcast] = []

    /// - Parameter member: the member concerned; nil if the volunteer is unknown or the application alone is concerned.
    package init(
        _ application: VolunteerApplication, member: Member? = nil, pendingBroadcasts: [Broadcast] = [], now: Timestamp
    ) {
        self.application = application
        self.member = member
        self.pendingBroadcasts = pendingBroadcasts
        self.now = now
        followClock()
        // Files of earlier versions reserve more than members wait.
        if application.reserved > application.waiting { reserve(application.reserved) }
    }

    // MARK: - Creating, updating, cancelling

    /// A new application: open for responses, or `started` at once if its start is in the past (rule 10).
    package static func create(
        _ create: CreateVolunteerApplication, digest: String, defaultZone: String, now: Timestamp
    ) -> SpotAllocation {
        let details = ApplicationDetails(create, defaultZone: defaultZone)
        var allocation = SpotAllocation(
            VolunteerApplication(
                id: create.applicationID, fundID: create.fundID, details: details, capacity: create.availableSpots,
                startsAt: details.schedule.startsAt, creationDigest: digest, createdAt: now, updatedAt: now),
            now: now)
        var message = create
        message.timeZone = details.schedule.timeZone
        message.startsAt = allocation.application.startsAt
        message.stamp = nil
        allocation.sendToWaitlist(.create(message))
        return allocation
    }

    /// Handles a create with the id of an existing application: the same create changes nothing, a different one is
    /// refused.
    package func repeatCreate(digest: String) throws(RefusalReason) {
        if digest != application.creationDigest { throw .differingApplication }
    }

    package mutating func update(_ update: UpdateVolunteerApplication) throws(RefusalReason) {
        if application.status == .cancelled { throw .applicationCancelled }
        let details = application.details.updated(by: update)
        let capacity = update.availableSpots ?? application.capacity
        if details == application.details, capacity == application.capacity { return }
        // An unchanged schedule keeps its instant: only `followZoneRules` moves it without a command.
        if details.schedule != application.details.schedule {
            application.startsAt = details.schedule.start(
                movedFrom: application.details.schedule, startingAt: application.startsAt)
        }
        application.details = details
        application.updatedAt = now
        var message = update
        message.timeZone = details.schedule.timeZone
        message.stamp = nil
        announce(message)

        let freeBefore = application.free
        application.capacity = capacity
        let wasOpen = application.status == .open
        followClock()
        if wasOpen, application.status == .open { capacityChanged(from: freeBefore) }
    }

    /// The rules of the zone have changed: the instant of the start is derived again from the civil time that people
    /// were told. They are told nothing, because for them nothing has changed (contract section 1).
    package mutating func followZoneRules() {
        guard let startsAt = application.startByCurrentRules else { return }
        application.startsAt = startsAt
        announce(UpdateVolunteerApplication(applicationID: application.id))
        followClock()
    }

    /// Sends an update to the other services, with the instant of the start: all three go by that of this service.
    private mutating func announce(_ update: UpdateVolunteerApplication) {
        var message = update
        message.startsAt = application.startsAt
        sendToWaitlist(.update(message))
        messages.append(AddressedMessage(to: .notifiers, .update(message)))
    }

    /// Rule 7: no member is removed, and reserved spots never exceed free ones.
    private mutating func capacityChanged(from freeBefore: Int) {
        if application.reserved > application.free {
            reserve(application.free, lostToOthers: true)
        } else if application.waiting > 0, application.free > freeBefore {
            reserve(application.reserved + application.free - freeBefore)
        }
    }

    /// Rule 10: acts upon a start that has come, and takes that back if the start is ahead again, because it was moved
    /// or because the clock was ahead.
    private mutating func followClock() {
        switch (application.status, application.status(at: now)) {
        case (.open, .started): start()
        case (.started, .open): reopen()
        case (.open, _), (.started, _), (.cancelled, _): break
        }
    }

    /// Rule 10: from the start on responses are refused and nothing is reserved; volunteers are not notified.
    ///
    /// WaitlistService is sent the end of the reservation like any other change of it. If each side ended it by its own
    /// clock, a start that is moved in between would leave one side with reservations that the other has dropped.
    private mutating func start() {
        application.status = .started
        reserve(0)
    }

    /// Rule 10, the start is ahead again. Spots that became free in the meantime are reserved for the waiting list, so
    /// that a waiting volunteer is always told of a free spot.
    private mutating func reopen() {
        application.status = .open
        reserve(application.free)
    }

    /// Rule 11. Cancelling again changes nothing.
    package mutating func cancel(_ cancel: CancelVolunteerApplication) {
        if application.status == .cancelled { return }
        application.status = .cancelled
        application.cancelReason = cancel.reason
        application.updatedAt = now
        application.reserved = 0
        var message = cancel
        message.stamp = nil
        sendToWaitlist(.cancel(message))
        messages.append(AddressedMessage(to: .notifiers, .cancel(message)))
        broadcasts.append(.cancelled(reason: cancel.reason))
    }

    // MARK: - Shared by the rules

    /// Continues with another member of the same application.
    package mutating func select(_ member: Member?) {
        self.member = member
    }

    /// Rule 1: never more than members wait, so that what the list cannot use is open to all at once.
    ///
    /// WaitlistService tells its list of a reservation that changes. Where free spots grow beyond what the list can use
    /// and the reservation stays the same, it hears nothing, so the members who wait are told from here.
    /// - Parameters:
    ///   - repeating: sends the reservation even if it is unchanged (rules 3 and 5): WaitlistService's answer to an
    ///     older count of our messages is ignored, so it must be made to answer again.
    ///   - lostToOthers: whether members who hold an offer lose it (rule 9).
    mutating func reserve(_ wanted: Int, repeating: Bool = false, lostToOthers: Bool = false) {
        let spots = min(wanted, application.waiting)
        guard spots != application.reserved else {
            if spots > 0, wanted > spots { openSpots() } else if repeating, spots > 0 { sendReservation() }
            return
        }
        if application.reserved == 0 {
            // A release begins. This invalidates earlier offers, because an offer names its release.
            application.release += 1
        }
        if spots > application.reserved { application.reservedGrewAt = now }
        application.reserved = spots
        if spots == 0, lostToOthers, application.waiting > 0 {
            broadcasts.append(.notChosen(release: application.release, lostAt: now))
        }
        sendReservation()
    }

    private mutating func openSpots() {
        application.openings += 1
        let isPending = pendingBroadcasts.contains { if case .spotsOpen = $0 { true } else { false } }
        // The pass under way, or the one after it, reaches everyone: see `Broadcast.next(in:)`.
        if !isPending { broadcasts.append(.spotsOpen(number: application.openings)) }
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

    /// Counts every message to WaitlistService about the application, and writes the number into it: WaitlistService
    /// returns the last one that it has applied as `seen`.
    mutating func sendToWaitlist(_ message: Message) {
        application.sent += 1
        var message = message
        message.stamp = AllocationStamp(sent: application.sent, release: application.release)
        messages.append(AddressedMessage(to: .waitlist, message))
    }

    mutating func notify(
        _ volunteer: ID, _ status: SpotStatus, expiresAt: Timestamp? = nil, position: Int? = nil,
        reason: String? = nil, comment: String? = nil
    ) {
        messages.append(
            .notification(
                to: volunteer, about: application.id, status, at: now, expiresAt: expiresAt, position: position,
                reason: reason, comment: comment))
    }
}

/// A message that a decision causes, with its destination.
package struct AddressedMessage: Sendable, Hashable {
    package enum Destination: Sendable, Hashable {
        case waitlist
        /// The notifier partition of one volunteer.
        case notifier(of: ID)
        /// The notifier partitions that know the application: each keeps its name and times. The others are sent them
        /// as they are then, with the first message to one of their volunteers (`VolunteerApplication.introduction`).
        case notifiers
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
        position: Int? = nil, reason: String? = nil, comment: String? = nil
    ) -> AddressedMessage {
        AddressedMessage(
            to: .notifier(of: volunteer),
            .spotStatus(
                SpotStatusRecord(
                    applicationID: application, userID: volunteer, status: status, timestamp: .instant(now),
                    expiresAt: expiresAt.map { .instant($0) }, position: position, reason: reason,
                    comment: comment)))
    }
}
