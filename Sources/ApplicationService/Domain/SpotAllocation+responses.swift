package import Contracts

/// Rules 2 to 6: what a volunteer's response does.
extension SpotAllocation {
    /// Returns why the application takes no response. A refused volunteer, too, is first told what they are still owed.
    package mutating func respond(_ volunteer: ID, _ status: ResponseStatus) -> Refusal? {
        sendPendingBroadcasts()
        switch application.status {
        case .open: break
        case .started: return .applicationStarted
        case .cancelled: return .applicationCancelled
        }
        switch status {
        case .accepted: accept(volunteer)
        case .declined: decline(volunteer)
        }
        return nil
    }

    private mutating func accept(_ volunteer: ID) {
        switch member?.standing {
        case .confirmed: return  // Rule 4.
        case .waiting: acceptWhileWaiting()
        case .declined, nil: acceptAnew(volunteer)
        }
    }

    /// Rule 2. Promised spots are not for newcomers.
    private mutating func acceptAnew(_ volunteer: ID) {
        let spotIsOpen = application.open > 0
        // A person who comes back is a newcomer, but for what they have already heard in this release.
        var newcomer = member ?? Member(volunteer: volunteer, standing: .waiting, since: now)
        newcomer.standing = spotIsOpen ? .confirmed : .waiting
        newcomer.since = nextMoment
        newcomer.offer = nil
        newcomer.isListed = false
        member = newcomer
        if spotIsOpen {
            count(confirmed: 1)
            tell(volunteer, .confirmed)
        } else {
            count(waiting: 1)
            sendToWaitlist(
                .waiting(
                    VolunteerWaiting(
                        volunteerID: volunteer, applicationID: application.id, timestamp: .instant(newcomer.since))))
        }
    }

    /// Rule 3: an offer that holds, else an open spot, else nothing but the truth.
    private mutating func acceptWhileWaiting() {
        guard var waiting = member else { return }
        if hasClaim {
            confirmFromList()
            reserve(application.reserved - 1, lostToOthers: true)
        } else if application.open > 0 {
            confirmFromList()
            reserve(application.reserved, repeating: true)
        } else if currentOffer != nil, waiting.notChosenIn < application.release {
            waiting.notChosenIn = application.release
            member = waiting
            tell(waiting.volunteer, .notChosen)
        }
    }

    /// Whether an accept of this member, who waits, would be a confirmation.
    package var wouldConfirm: Bool { hasClaim || application.open > 0 }

    private var hasClaim: Bool {
        guard let offer = currentOffer, now < offer.expiresAt else { return false }
        return application.reserved > 0 && application.free > 0
    }

    private var currentOffer: Member.Offer? {
        member?.offer.flatMap { $0.release == application.release ? $0 : nil }
    }

    private mutating func confirmFromList() {
        guard let volunteer = member?.volunteer else { return }
        stand(as: .confirmed)
        count(confirmed: 1, waiting: -1)
        tell(volunteer, .confirmed)
        sendToWaitlist(
            .response(
                VolunteerResponse(volunteerID: volunteer, applicationID: application.id, status: .accepted)))
    }

    private mutating func stand(as standing: Member.Standing) {
        let moment = nextMoment
        member?.standing = standing
        member?.since = moment
    }

    /// Now, or later than the member's last change: WaitlistService's answers name a response by its time.
    private var nextMoment: Timestamp {
        guard let last = member?.since, last >= now else { return now }
        return last.advanced(by: .milliseconds(1))
    }

    private mutating func decline(_ volunteer: ID) {
        let declined = VolunteerResponse(volunteerID: volunteer, applicationID: application.id, status: .declined)
        switch member?.standing {
        case .declined, nil: return  // Rule 4.
        case .waiting:  // Rule 5.
            stand(as: .declined)
            count(waiting: -1)
            sendToWaitlist(.response(declined))
            // Else who has left would go on hearing of every change of the application.
            messages.append(AddressedMessage(to: .notifier(of: volunteer), .response(declined)))
            reserve(application.reserved, repeating: true)
        case .confirmed:  // Rule 6.
            stand(as: .declined)
            count(confirmed: -1)
            messages.append(AddressedMessage(to: .notifier(of: volunteer), .response(declined)))
            if application.waiting > 0, application.free > application.reserved {
                reserve(application.reserved + 1)
            }
        }
    }

    /// Pays what a mass telling still owes this member, before anything else happens to them (rules 9 and 11).
    package mutating func sendPendingBroadcasts() {
        for telling in pendingBroadcasts {
            guard var owed = member else { return }
            switch telling {
            case .notChosen(let release, let lostAt):
                guard let offer = owed.offer, offer.release == release, owed.standing == .waiting,
                    lostAt < offer.expiresAt, owed.notChosenIn < release
                else { continue }
                owed.notChosenIn = release
                tell(owed.volunteer, .notChosen)
            case .cancelled(let reason):
                guard owed.standing != .declined, !owed.toldOfCancellation else { continue }
                owed.toldOfCancellation = true
                tell(owed.volunteer, .cancelled, reason: reason)
            }
            member = owed
        }
    }
}
