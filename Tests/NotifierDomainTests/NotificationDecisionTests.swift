import Contracts
import Foundation
import NotifierDomain
import Testing

/// What one user is told about one application (contract section 6).
@Suite struct NotificationDecisionTests {
    private func decision(
        _ standing: Recipient.Standing, version: Int = 1, of application: ApplicationSnapshot,
        knownName: String = "Помощь в парке", now: Timestamp = .earliest
    ) -> NotificationDecision {
        NotificationDecision(
            application, to: Recipient(user: .trusted("789"), standing: standing, version: version),
            knownName: knownName, now: now)
    }

    @Test func `each record is told once and changes the standing`() throws {
        let end = "2026-12-02T10:00:00Z"
        let cases:
            [(
                record: SpotStatusRecord, before: Recipient.Standing, told: NotificationReason,
                after: Recipient.Standing
            )] = [
                (try record(.confirmed), .none, .confirmed, .confirmed),
                (try record(.confirmed), .waiting, .confirmed, .confirmed),
                (try record(.waiting, position: 3), .none, .waiting(position: 3), .waiting),
                (try record(.available, until: end), .waiting, .offered(until: try at(end)), .waiting),
                (try record(.available), .waiting, .openToAll, .waiting),
                (try record(.available), .none, .openToAll, .waiting),
                (try record(.notChosen), .waiting, .notChosen, .waiting),
                (try record(.cancelled, reason: "x"), .confirmed, .cancelled(reason: "x"), .none),
                (try record(.refused, reason: "x"), .none, .refused(reason: "x"), .none),
                (try record(.refused, reason: "x"), .confirmed, .refused(reason: "x"), .confirmed),
                (
                    try record(.refused, reason: "x", comment: "y"), .none, .refused(reason: "x", comment: "y"),
                    .none
                ),
            ]
        for (record, before, told, after) in cases {
            var decision = decision(before, of: try application())
            decision.apply(record)
            #expect(decision.notifications == [told])
            #expect(decision.recipient.standing == after, "\(record.status)")
        }
    }

    @Test func `a confirmation schedules reminders, leaving cancels them`() throws {
        var decision = decision(.none, of: try application())
        decision.apply(try record(.confirmed, at: "2026-12-01T10:00:00Z"))
        #expect(decision.reminders == .schedule(notBefore: try at("2026-12-01T10:00:00Z")))
        decision.leave()
        #expect(decision.reminders == .cancel)
        #expect(decision.recipient.standing == .none)
        #expect(decision.notifications == [.confirmed], "volunteers who leave are not told so")
    }

    /// Only after ApplicationService went on with an older copy of its file.
    @Test func `the reminders of one who was confirmed and waits now are cancelled, also if the start moved`() throws {
        for version in 1...2 {
            var decision = decision(.confirmed, of: try application(version: version))
            decision.apply(try record(.waiting, position: 2))
            #expect(decision.recipient.standing == .waiting)
            #expect(decision.reminders == .cancel)
        }
        var decision = decision(.waiting, of: try application())
        decision.apply(try record(.waiting, position: 1))
        #expect(decision.reminders == .unchanged)
    }

    @Test func `of a cancelled application users are told only that it is cancelled`() throws {
        for status in SpotStatus.allCases where status != .cancelled {
            var decision = decision(.confirmed, of: try application(version: 2, isCancelled: true))
            decision.apply(try record(status))
            decision.catchUp()
            #expect(decision.notifications.isEmpty, "\(status)")
        }
        var decision = decision(.confirmed, of: try application(isCancelled: true))
        decision.apply(try record(.refused, reason: "application_cancelled"))
        decision.apply(try record(.cancelled))
        #expect(decision.notifications == [.refused(reason: "application_cancelled"), .cancelled(reason: nil)])
        #expect(decision.reminders == .cancel)
    }

    @Test func `a change is told once to the confirmed and the waiting, and moves the reminders of the confirmed`()
        throws
    {
        let now = try at("2026-12-01T10:00:00Z")
        var changed = try application(version: 3)
        (changed.movedInVersion, changed.movedAt) = (2, now)
        for (standing, change) in [
            (Recipient.Standing.confirmed, NotificationDecision.ReminderChange.schedule(notBefore: now)),
            (.waiting, .unchanged),
        ] {
            var decision = decision(standing, version: 1, of: changed)
            decision.catchUp()
            decision.catchUp()
            #expect(decision.notifications == [.changed(oldName: nil)])
            #expect(decision.reminders == change)
            #expect(decision.recipient.version == 3)
        }
        var outsider = decision(.none, version: 1, of: changed)
        outsider.catchUp()
        #expect(outsider.notifications.isEmpty)
    }

    @Test func `a change of an application that has started is told no one, until it is moved to the future`() throws {
        var changed = try application("Новое", version: 2)
        (changed.movedInVersion, changed.movedAt) = (2, try at("2026-12-10T10:00:00Z"))
        let start = changed.schedule.startsAt
        for (now, told) in [
            (start.advanced(by: .milliseconds(-1)), [NotificationReason.changed(oldName: "Старое")]), (start, []),
        ] {
            var decision = decision(.confirmed, of: changed, knownName: "Старое", now: now)
            decision.catchUp()
            #expect(decision.notifications == told)
            #expect(decision.reminders == .schedule(notBefore: changed.movedAt), "reminders of the old start end")
            #expect(decision.recipient.version == (told.isEmpty ? 1 : 2), "a change that is not told is still owed")
        }
    }

    @Test func `a change that was not told yet comes first, with the name that the user knows`() throws {
        var decision = decision(.waiting, version: 1, of: try application("Новое", version: 2), knownName: "Старое")
        decision.apply(try record(.confirmed))
        #expect(decision.notifications == [.changed(oldName: "Старое"), .confirmed])
    }

    @Test func `only a new name or schedule is a change`() throws {
        let now = try at("2026-12-01T10:00:00Z")
        var application = try application()
        let silent = UpdateVolunteerApplication(
            applicationID: application.id, availableSpots: 9, description: "…", timeZone: "Europe/Moscow")
        #expect(application.update(by: silent, at: now) == .nothing && application.version == 1)
        let renamed = application.update(
            by: UpdateVolunteerApplication(applicationID: application.id, name: "Другое"), at: now)
        #expect(renamed == .told && application.version == 2 && application.movedInVersion == 1)
        application.isCancelled = true
        let late = application.update(
            by: UpdateVolunteerApplication(applicationID: application.id, name: "Третье"), at: now)
        #expect(late == .nothing && application.name == "Другое")
    }

    @Test func `a start that moves with the rules of its zone is no change for recipients`() throws {
        let now = try at("2026-12-01T10:00:00Z")
        var application = try application()
        let former = application.startsAt
        let start = former.advanced(by: .seconds(3600))
        let update = UpdateVolunteerApplication(
            applicationID: application.id, timeZone: "Europe/Moscow", startsAt: start)
        #expect(application.update(by: update, at: now) == .start(from: former))
        #expect(application.startsAt == start && application.version == 1 && application.movedInVersion == 1)
        #expect(application.update(by: update, at: now) == .nothing, "it comes again")
        let description = UpdateVolunteerApplication(applicationID: application.id, description: "…")
        #expect(application.update(by: description, at: now) == .nothing)
        #expect(application.startsAt == start, "an earlier version's message, without the start, moves nothing")
        let later = UpdateVolunteerApplication(
            applicationID: application.id, startTime: CivilTime(hour: 15, minute: 0, second: 0),
            startsAt: start.advanced(by: .seconds(3600)))
        #expect(application.update(by: later, at: now) == .told)
        #expect(application.startsAt == start.advanced(by: .seconds(3600)) && application.movedAt == now)
        var decision = decision(.confirmed, of: application, knownName: application.name, now: now)
        decision.catchUp()
        #expect(decision.notifications == [.changed(oldName: nil)])
    }
}
