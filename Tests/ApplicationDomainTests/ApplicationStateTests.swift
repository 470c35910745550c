import ApplicationDomain
import Contracts
import Testing

/// What follows from the state of an application, and of a member, without a decision.
@Suite struct ApplicationStateTests {
    typealias Status = VolunteerApplication.Status

    @Test func `rule 10: whether an application has started is asked of the clock, not of the record`() {
        let rows: [(status: Status, now: Int, expected: Status)] = [
            (.open, 999, .open), (.open, 1000, .started), (.open, 2000, .started),
            (.started, 999, .open), (.started, 1000, .started),
            (.cancelled, 999, .cancelled), (.cancelled, 1000, .cancelled),
        ]
        for row in rows {
            let application = application(Counters(capacity: 1), status: row.status)
            #expect(application.status(at: at(row.now)) == row.expected, "\(row)")
        }
    }

    @Test func `rule 3: an offer is valid in its release, before it expires, while spots are reserved`() {
        let reserved = Counters(capacity: 1, waiting: 2, reserved: 1, release: 2)
        let open = Counters(capacity: 1, waiting: 2, release: 2)
        let offered = Member.waiting(offerInRelease: 2, expiresAt: 10)
        let late = Member.waiting(offerInRelease: 2, expiresAt: 3000)
        var confirmed = offered
        confirmed.standing = .confirmed
        let rows: [(name: String, counters: Counters, status: Status, member: Member, now: Int, isValid: Bool)] = [
            ("before it expires", reserved, .open, offered, 9, true),
            ("at exactly expires_at", reserved, .open, offered, 10, false),
            ("of another release", reserved, .open, .waiting(offerInRelease: 1, expiresAt: 10), 9, false),
            ("no offer", reserved, .open, .waiting(), 9, false),
            ("a confirmed member", reserved, .open, confirmed, 9, false),
            ("nothing reserved", open, .open, offered, 9, false),
            ("cancelled", reserved, .cancelled, offered, 9, false),
            ("after the start", reserved, .open, late, 1000, false),
        ]
        for row in rows {
            let offer = application(row.counters, status: row.status).validOffer(of: row.member, at: at(row.now))
            #expect(offer == (row.isValid ? row.member.offer : nil), "\(row.name)")
        }
    }

    @Test func `contract section 4: only NotifierService is told the fund`() {
        let application = application(Counters(capacity: 1))
        func fund(_ consumer: ServiceName) -> ID? {
            application.state([], to: consumer, isFirst: true, hasMore: false, isRestored: false, now: at(0)).fundID
        }
        #expect(fund(.notifier) == application.fundID && fund(.waitlist) == nil)
    }

    @Test func `contract section 8: a response is pending until WaitlistService has listed the volunteer`() {
        func state(_ member: Member?, status: Status = .open) -> CommandOperation.State {
            let allocation = SpotAllocation(
                application(Counters(capacity: 1, waiting: 1), status: status), member: member, now: at(5))
            return CommandOperation.State(ofResponseIn: allocation, position: 3)
        }
        var listed = Member.waiting()
        listed.isListed = true
        #expect(state(.waiting()) == .pending)
        #expect(state(listed) == .ended(.waiting(position: 3)))
        #expect(state(.confirmed) == .ended(.confirmed))
        #expect(state(.declined) == .ended(.declined))
        #expect(state(nil) == .ended(.declined))
        #expect(state(.waiting(), status: .cancelled) == .ended(.failed(.applicationCancelled)))
    }
}
