package import Contracts

/// Rules 2 to 6: a volunteer's response.
extension SpotAllocation {
    /// `CHANGES_PER_HOUR` unless it is set.
    package static let defaultChangesPerHour = 3

    /// Returns why the application takes no response, nil if it was applied. Pending broadcasts are sent even then.
    /// - Parameters:
    ///   - remover: the name of the caller if it is somebody else than the volunteer, whom a decline then removes.
    ///   - comment: why a remover declines; it counts for nothing if the volunteer accepts, or declines themselves.
    ///   - changesPerHour: how often within an hour a volunteer may give up a confirmed spot; 0 if without a limit.
    package mutating func respond(
        _ volunteer: ID, _ status: ResponseStatus, by remover: String? = nil, comment: String? = nil,
        changesPerHour: Int = SpotAllocation.defaultChangesPerHour
    ) -> RefusalReason? {
        sendPendingBroadcasts()
        switch application.status {
        case .open: break
        case .started: return .applicationStarted
        case .cancelled: return .applicationCancelled
        }
        switch status {
        case .accepted: return accept(volunteer, changesPerHour)
        case .declined: decline(volunteer, by: remover, comment, changesPerHour)
        }
        return nil
    }

    private mutating func accept(_ volunteer: ID, _ changesPerHour: Int) -> RefusalReason? {
        switch member?.standing {
        case .confirmed: break  // Rule 4.
        case .waiting: acceptWhileWaiting()
        case .declined where member?.waitAfterChanges(limit: changesPerHour, now: now) != nil:
            return .tooManyChanges  // Rule 4.
        case .declined, nil: acceptAsNewcomer(volunteer)
        }
        return nil
    }

    /// Rule 2: a newcomer may take only an open spot, never a reserved one.
    private mutating func acceptAsNewcomer(_ volunteer: ID) {
        let hasOpenSpot = application.open > 0
        // A volunteer who returns counts as a newcomer, but keeps what they were already told in this release.
        var newcomer = member ?? Member(volunteer: volunteer, standing: .waiting, since: now, createdAt: now)
        newcomer.standing = hasOpenSpot ? .confirmed : .waiting
        newcomer.since = nextChangeTime
        newcomer.lastChange = ResponseChange(hasOpenSpot ? .openSpotTaken : .noOpenSpot, at: newcomer.since)
        newcomer.offer = nil
        newcomer.toldOfOpening = application.openings
        newcomer.removedBy = nil
        newcomer.isListed = false
        member = newcomer
        if hasOpenSpot {
            count(confirmed: 1)
            notify(volunteer, .confirmed)
        } else {
            count(waiting: 1)
            sendToWaitlist(
                .waiting(
                    VolunteerWaiting(
                        volunteerID: volunteer, applicationID: application.id, timestamp: .instant(newcomer.since))))
            member?.sequence = application.sent
        }
    }

    /// Rule 3: a valid offer, else an open spot; otherwise the volunteer stays waiting, and is told once per release
    /// that an offer lapsed or was lost.
    private mutating func acceptWhileWaiting() {
        if hasValidOffer {
            confirmFromList(.offerAccepted)
            reserve(application.reserved - 1, lostToOthers: true)
        } else if application.open > 0 {
            confirmFromList(.openSpotTaken)
            reserve(application.reserved, repeating: true)
        } else {
            acceptTooLate()
        }
    }

    private mutating func acceptTooLate() {
        guard var waiting = member else { return }
        let hadOffer = waiting.offer?.release == application.release
        guard hadOffer || waiting.lastChange?.reason == .spotsOpened else { return }
        if waiting.lastChange?.reason != .tooLate { waiting.lastChange = ResponseChange(.tooLate, at: now) }
        if hadOffer, waiting.notChosenIn < application.release {
            waiting.notChosenIn = application.release
            notify(waiting.volunteer, .notChosen)
        }
        member = waiting
    }

    /// Whether this decision replaces a response for which WaitlistService's answer is still to come. That answer says
    /// nothing about the member any more, and an answer to a later response says nothing about the replaced one.
    /// - Parameter before: the member before the decision.
    package func replaces(_ before: Member?) -> Bool {
        guard let before, before.standing == .waiting, !before.isListed else { return false }
        return member?.standing != .waiting
    }

    /// Whether an accept would confirm this member, who waits.
    package var acceptWouldConfirm: Bool { hasValidOffer || application.open > 0 }

    private var hasValidOffer: Bool {
        member.flatMap { application.validOffer(of: $0, at: now) } != nil
    }

    private mutating func confirmFromList(_ reason: ResponseReason) {
        guard let volunteer = member?.volunteer else { return }
        setStanding(.confirmed, reason)
        count(confirmed: 1, waiting: -1)
        notify(volunteer, .confirmed)
        sendToWaitlist(
            .response(
                VolunteerResponse(volunteerID: volunteer, applicationID: application.id, status: .accepted)))
    }

    /// Changes the standing of a member who waits or has a spot.
    private mutating func setStanding(
        _ standing: Member.Standing, _ reason: ResponseReason, comment: String? = nil
    ) {
        let time = nextChangeTime
        member?.standing = standing
        member?.since = time
        member?.sequence = nil
        member?.lastChange = ResponseChange(reason, at: time, comment: comment)
    }

    /// Now, or 1 ms after the member's last change if that is later: WaitlistService's answers identify a response by
    /// its time, so no two responses of a member may share one.
    private var nextChangeTime: Timestamp {
        guard let last = member?.since, last >= now else { return now }
        return last.advanced(by: .milliseconds(1))
    }

    private mutating func decline(_ volunteer: ID, by remover: String?, _ comment: String?, _ changesPerHour: Int) {
        let reason: ResponseReason = remover == nil ? .declinedByVolunteer : .removedByOrganiser
        // A form that was left empty says nothing.
        let comment = remover == nil || comment == "" ? nil : comment
        switch member?.standing {
        case .declined, nil: return  // Rule 4.
        case .waiting:  // Rule 5.
            setStanding(.declined, reason, comment: comment)
            count(waiting: -1)
            sendToWaitlist(.response(declined(volunteer)))
            tellOfDecline(volunteer, by: remover, comment)
            reserve(application.reserved, repeating: true)
        case .confirmed:  // Rule 6.
            setStanding(.declined, reason, comment: comment)
            count(confirmed: -1)
            member?.giveUp(at: now, limit: changesPerHour)
            tellOfDecline(volunteer, by: remover, comment)
            if application.waiting > 0, application.free > application.reserved {
                reserve(application.reserved + 1)
            }
        }
    }

    private func declined(_ volunteer: ID) -> VolunteerResponse {
        VolunteerResponse(volunteerID: volunteer, applicationID: application.id, status: .declined)
    }

    /// Rule 4: volunteers are told of a decline that was not their own.
    private mutating func tellOfDecline(_ volunteer: ID, by remover: String?, _ comment: String?) {
        member?.removedBy = remover
        // Without this NotifierService would keep telling the volunteer of every change to the application.
        messages.append(AddressedMessage(to: .notifier(of: volunteer), .response(declined(volunteer))))
        guard remover != nil else { return }
        notify(volunteer, .refused, reason: RefusalReason.removedByOrganiser.rawValue, comment: comment)
    }

    /// Sends the member what pending broadcasts have not sent yet, before anything else happens to the member (rules 9
    /// and 11).
    package mutating func sendPendingBroadcasts() {
        for broadcast in pendingBroadcasts {
            guard var recipient = member else { return }
            switch broadcast {
            case .notChosen(let release, let lostAt):
                guard let offer = recipient.offer, offer.release == release, recipient.standing == .waiting,
                    lostAt < offer.expiresAt, recipient.notChosenIn < release
                else { continue }
                recipient.notChosenIn = release
                recipient.lastChange = ResponseChange(.notChosen, at: now)
                notify(recipient.volunteer, .notChosen)
            case .cancelled(let reason):
                guard recipient.standing != .declined, !recipient.toldOfCancellation else { continue }
                recipient.toldOfCancellation = true
                notify(recipient.volunteer, .cancelled, reason: reason)
            case .spotsOpen: continue  // Says nothing that another decision must not overtake.
            }
            member = recipient
        }
    }

    /// One step of a broadcast reaches this member.
    package mutating func receiveBroadcasts() {
        sendPendingBroadcasts()
        let isOpening = pendingBroadcasts.contains { if case .spotsOpen = $0 { true } else { false } }
        guard isOpening, application.status == .open, application.open > 0, var recipient = member,
            recipient.standing == .waiting, recipient.toldOfOpening < application.openings
        else { return }
        recipient.toldOfOpening = application.openings
        recipient.lastChange = ResponseChange(.spotsOpened, at: now)
        member = recipient
        notify(recipient.volunteer, .available)
    }
}
