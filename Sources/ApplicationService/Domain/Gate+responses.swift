package import Contracts

/// Rules 2 to 6: what a volunteer's response does.
extension Gate {
    /// Whether the application takes responses. A refused volunteer is first told what they are still owed.
    package mutating func admit() throws(Refusal) {
        settleDebts()
        switch application.status {
        case .open: return
        case .started: throw .applicationStarted
        case .cancelled: throw .applicationCancelled
        }
    }

    package mutating func accept(_ volunteer: ID) {
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
        newcomer.since = now
        newcomer.offer = nil
        member = newcomer
        if spotIsOpen {
            count(confirmed: 1)
            tell(volunteer, .confirmed)
        } else {
            count(waiting: 1)
            sendToWaitlist(
                .waiting(
                    VolunteerWaiting(
                        volunteerID: volunteer, applicationID: application.id, timestamp: .instant(now))))
        }
    }

    /// Rule 3: an offer that holds, else an open spot, else nothing but the truth.
    private mutating func acceptWhileWaiting() {
        guard var waiting = member else { return }
        let offeredNow = waiting.offer.flatMap { $0.release == application.release ? $0 : nil }
        if let offer = offeredNow, now < offer.expiresAt, application.reserved > 0, application.free > 0 {
            confirmFromList()
            reserve(application.reserved - 1, lostToOthers: true)
        } else if application.open > 0 {
            confirmFromList()
            reserve(application.reserved, repeating: true)
        } else if offeredNow != nil, waiting.notChosenIn < application.release {
            waiting.notChosenIn = application.release
            member = waiting
            tell(waiting.volunteer, .notChosen)
        }
    }

    private mutating func confirmFromList() {
        guard let volunteer = member?.volunteer else { return }
        member?.standing = .confirmed
        member?.since = now
        count(confirmed: 1, waiting: -1)
        tell(volunteer, .confirmed)
        sendToWaitlist(
            .response(
                VolunteerResponse(volunteerID: volunteer, applicationID: application.id, status: .accepted)))
    }

    package mutating func decline(_ volunteer: ID) {
        let declined = VolunteerResponse(volunteerID: volunteer, applicationID: application.id, status: .declined)
        switch member?.standing {
        case .declined, nil: return  // Rule 4.
        case .waiting:  // Rule 5.
            member?.standing = .declined
            member?.since = now
            count(waiting: -1)
            sendToWaitlist(.response(declined))
            // Else who has left would go on hearing of every change of the application.
            messages.append(Outgoing(to: .notifier(of: volunteer), .response(declined)))
            reserve(application.reserved, repeating: true)
        case .confirmed:  // Rule 6.
            member?.standing = .declined
            member?.since = now
            count(confirmed: -1)
            messages.append(Outgoing(to: .notifier(of: volunteer), .response(declined)))
            if application.waiting > 0, application.free > application.reserved {
                reserve(application.reserved + 1)
            }
        }
    }

    /// Pays what a mass telling still owes this member, before anything else happens to them (rules 9 and 11).
    package mutating func settleDebts() {
        for telling in underWay {
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
