import Contracts
import NotifierDomain
import Testing

/// What one user is told when ApplicationService sends its state (contract section 6).
@Suite struct StateTests {
    private static let now = "2026-12-01T10:00:00Z"
    private static let end = "2026-12-02T10:00:00Z"
    private static let laterEnd = "2026-12-02T11:00:00Z"
    private static let lapsed = "2026-12-01T09:59:59Z"

    private func decision(
        _ standing: Recipient.Standing, offer: String? = nil, version: Int = 1, of application: ApplicationSnapshot,
        now: String = now
    ) throws -> NotificationDecision {
        NotificationDecision(
            application,
            to: Recipient(
                user: .trusted("789"), standing: standing, version: version, offerExpiresAt: try offer.map(at)),
            knownName: application.name, now: try at(now))
    }

    private func state(
        _ status: VolunteerState.Status, offer: String? = nil, isListed: Bool? = nil
    ) throws -> VolunteerState {
        VolunteerState(
            volunteerID: .trusted("789"), status: status, since: .earliest, offerExpiresAt: try offer.map(at),
            isListed: isListed)
    }

    @Test func `if ApplicationService was restored, another standing is told once, and the same is not`() throws {
        let cases: [(before: Recipient.Standing, state: VolunteerState.Status, told: [NotificationReason])] = [
            (.none, .confirmed, [.confirmed]),
            (.none, .waiting, [.waiting(position: nil)]),
            (.waiting, .confirmed, [.confirmed]),
            (.confirmed, .waiting, [.waiting(position: nil)]),
            (.confirmed, .confirmed, []),
            (.waiting, .waiting, []),
        ]
        for (before, status, told) in cases {
            for isRestored in [true, false] {
                for isNew in [true, false] where !isNew || before == .none {
                    var decision = try decision(before, of: try application())
                    for _ in 1...2 { decision.apply(try state(status), isRestored: isRestored, isNew: isNew) }
                    let isTold = isRestored && !isNew
                    #expect(decision.notifications == (isTold ? told : []), "\(before) \(status) \(isRestored)")
                    #expect(decision.recipient.standing == (status == .confirmed ? .confirmed : .waiting))
                }
            }
        }
    }

    @Test func `reminders follow the standing, and those due before now are not sent`() throws {
        let now = try at(Self.now)
        let cases:
            [(
                before: Recipient.Standing, state: VolunteerState.Status, change: NotificationDecision.ReminderChange
            )] = [
                (.none, .confirmed, .schedule(notBefore: now)), (.waiting, .confirmed, .schedule(notBefore: now)),
                (.confirmed, .waiting, .cancel), (.confirmed, .confirmed, .unchanged), (.waiting, .waiting, .unchanged),
            ]
        for (before, status, change) in cases {
            for isRestored in [true, false] {
                var decision = try decision(before, of: try application())
                decision.apply(try state(status), isRestored: isRestored, isNew: false)
                #expect(decision.reminders == change, "\(before) \(status)")
            }
        }
    }

    @Test func `an offer that is another than the user was told is told, and a lapsed one does not count`() throws {
        let cases: [(told: String?, state: String?, notification: NotificationReason?)] = [
            (nil, nil, nil), (Self.end, Self.end, nil), (Self.lapsed, nil, nil), (nil, Self.lapsed, nil),
            (Self.lapsed, Self.lapsed, nil), (Self.end, nil, .notChosen), (Self.end, Self.lapsed, .notChosen),
            (Self.end, Self.laterEnd, .offered(until: try at(Self.laterEnd))),
            (nil, Self.end, .offered(until: try at(Self.end))),
            (Self.lapsed, Self.end, .offered(until: try at(Self.end))),
        ]
        for (told, offer, notification) in cases {
            for isRestored in [true, false] {
                var decision = try decision(.waiting, offer: told, of: try application())
                for _ in 1...2 {
                    decision.apply(try state(.waiting, offer: offer), isRestored: isRestored, isNew: false)
                }
                let expected = isRestored ? [notification].compactMap { $0 } : []
                #expect(decision.notifications == expected, "\(told ?? "-") \(offer ?? "-")")
                let stored = offer == Self.lapsed ? nil : try offer.map(at)
                #expect(decision.recipient.offerExpiresAt == stored)
            }
        }
    }

    @Test func `a volunteer who took an offer in the lost life waits again and has the offer`() throws {
        var decision = try decision(.confirmed, of: try application())
        decision.apply(try state(.waiting, offer: Self.end), isRestored: true, isNew: false)
        #expect(decision.notifications == [.waiting(position: nil), .offered(until: try at(Self.end))])
        decision.apply(try state(.confirmed, offer: Self.end), isRestored: true, isNew: false)
        #expect(decision.notifications.suffix(1) == [.confirmed], "the offer that was taken is not told of")
        #expect(decision.recipient.offerExpiresAt == nil)
    }

    @Test func `a volunteer who is not on the list yet is told the place later`() throws {
        var decision = try decision(.confirmed, of: try application())
        decision.apply(try state(.waiting, isListed: false), isRestored: true, isNew: false)
        #expect(decision.notifications.isEmpty)
        decision.apply(try record(.waiting, position: 2))
        #expect(decision.notifications == [.waiting(position: 2)])
    }

    @Test func `the offer that the user was told of lasts until a record that ends it`() throws {
        let application = try application()
        for status in SpotStatus.allCases {
            var decision = try decision(.waiting, offer: Self.end, of: application)
            decision.apply(try record(status))
            #expect(decision.recipient.offerExpiresAt == (status == .refused ? try at(Self.end) : nil), "\(status)")
        }
        var decision = try decision(.waiting, of: application)
        decision.apply(try record(.available, until: Self.end))
        #expect(decision.recipient.offerExpiresAt == (try at(Self.end)))
        decision.leave()
        #expect(decision.recipient.offerExpiresAt == nil)
    }

    @Test func `nothing is told of an application that has started, or is cancelled`() throws {
        let started = try application()
        for (application, now) in [
            (started, started.startsAt.description), (try application(isCancelled: true), Self.now),
        ] {
            var decision = try decision(.waiting, offer: "2027-01-01T00:00:00Z", of: application, now: now)
            decision.apply(try state(.confirmed), isRestored: true, isNew: false)
            #expect(decision.notifications.isEmpty)
            #expect(decision.recipient.standing == (application.isCancelled ? .waiting : .confirmed))
        }
    }

    @Test func `who is no longer known is told so once if ApplicationService was restored, and leaves`() throws {
        let lost = NotificationReason.refused(reason: "lost_by_restore")
        let open = try application()
        let cancelled = try application(isCancelled: true)
        let cases:
            [(
                of: ApplicationSnapshot, before: Recipient.Standing, isRestored: Bool, now: String,
                told: [NotificationReason]
            )] = [
                (open, .confirmed, true, Self.now, [lost]), (open, .waiting, true, Self.now, [lost]),
                (open, .none, true, Self.now, []), (open, .confirmed, false, Self.now, []),
                (open, .confirmed, true, open.startsAt.description, []),
                (cancelled, .confirmed, true, Self.now, [.cancelled(reason: nil)]),
                (cancelled, .none, true, Self.now, []), (cancelled, .confirmed, false, Self.now, []),
            ]
        for (application, before, isRestored, now, told) in cases {
            var decision = try decision(before, offer: Self.end, of: application, now: now)
            for _ in 1...2 { decision.lose(isRestored: isRestored) }
            #expect(decision.notifications == told, "\(before) \(isRestored)")
            #expect(decision.recipient.standing == .none)
            #expect(decision.reminders == (before == .none ? .unchanged : .cancel))
        }
    }

    // MARK: - Applications

    private func state(_ application: ApplicationSnapshot, isRestored: Bool) -> ApplicationState {
        ApplicationState(
            applicationID: application.id, name: application.name, schedule: application.schedule,
            startsAt: application.startsAt, isCancelled: application.isCancelled, isRestored: isRestored)
    }

    @Test func `another name or time is a change, which counts as told if only this file was older`() throws {
        let now = try at(Self.now)
        for isRestored in [true, false] {
            var known = try application("Старое", from: "12:00:00")
            let change = known.update(
                by: state(try application(), isRestored: isRestored), isFirstWord: true, at: now)
            #expect(change == .told && known.version == 2 && known.movedInVersion == 2 && known.movedAt == now)
            var decision = try decision(.confirmed, of: known)
            decision.catchUp()
            #expect(decision.notifications == (isRestored ? [.changed(oldName: nil)] : []))
            #expect(decision.recipient.version == 2)
            #expect(decision.reminders == .schedule(notBefore: now), "reminders move")
        }
    }

    @Test func `a change that is still to be told is told unless it was told in the lost life`() throws {
        let now = try at(Self.now)
        let cases: [(isRestored: Bool, isFirstWord: Bool, isTold: Bool)] = [
            (true, true, true), (true, false, true), (false, true, false), (false, false, true),
        ]
        for (isRestored, isFirstWord, isTold) in cases {
            var known = try application(version: 2)
            let same = known
            let change = known.update(by: state(same, isRestored: isRestored), isFirstWord: isFirstWord, at: now)
            #expect(change == .nothing && known.version == 2)
            var decision = try decision(.waiting, version: 1, of: known)
            decision.catchUp()
            #expect(decision.notifications == (isTold ? [.changed(oldName: nil)] : []))
        }
        var known = try application()
        _ = known.update(by: state(try application("Новое"), isRestored: false), isFirstWord: true, at: now)
        let renamed = UpdateVolunteerApplication(applicationID: known.id, name: "Третье")
        #expect(known.update(by: renamed, at: now) == .told)
        var decision = try decision(.waiting, version: 1, of: known)
        decision.catchUp()
        #expect(decision.notifications.count == 1, "a later change is told")
    }

    @Test func `a cancellation that ApplicationService does not know is undone`() throws {
        let now = try at(Self.now)
        var known = try application(isCancelled: true)
        #expect(known.update(by: state(try application(), isRestored: true), isFirstWord: true, at: now) == .nothing)
        #expect(!known.isCancelled)
        let cancelled = state(try application("Новое", isCancelled: true), isRestored: true)
        #expect(known.update(by: cancelled, isFirstWord: true, at: now) == .nothing, "only the cancellation is told")
        #expect(known.isCancelled && known.name == "Новое")
    }

    @Test func `a start that moves with the rules of its zone moves reminders only`() throws {
        var known = try application()
        let former = known.startsAt
        var moved = known
        moved.startsAt = former.advanced(by: .seconds(3600))
        let change = known.update(by: state(moved, isRestored: true), isFirstWord: true, at: try at(Self.now))
        #expect(change == .start(from: former) && known.startsAt == moved.startsAt && known.version == 1)
        let new = ApplicationSnapshot(state(moved, isRestored: true))
        #expect(new.startsAt == moved.startsAt && new.schedule == moved.schedule && new.isFromState)
    }
}
