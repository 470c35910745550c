import Contracts
import Foundation
import NotifierDomain
import Testing

/// Section 6: what one user is told about one application.
@Suite struct HeraldTests {
    private func herald(
        _ standing: Recipient.Standing, knows edition: Int = 1, of application: ApplicationSnapshot,
        knownName: String = "Помощь в парке"
    ) -> NotificationDecision {
        NotificationDecision(
            application, to: Recipient(user: .trusted("789"), standing: standing, edition: edition),
            knownName: knownName)
    }

    @Test func `each record is told once, and moves the standing`() throws {
        let end = "2026-12-02T10:00:00Z"
        let cases: [(SpotStatusRecord, Recipient.Standing, NotificationReason, Recipient.Standing)] = [
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
        ]
        for (record, before, occasion, after) in cases {
            var herald = herald(before, of: try application())
            herald.hear(record)
            #expect(herald.occasions == [occasion])
            #expect(herald.audience.standing == after, "\(record.status)")
        }
    }

    @Test func `reminders are planned with the confirmation, and dropped with the place`() throws {
        var herald = herald(.none, of: try application())
        herald.hear(try record(.confirmed, at: "2026-12-01T10:00:00Z"))
        #expect(herald.reminders == .plan(notBefore: try at("2026-12-01T10:00:00Z")))
        herald.leave()
        #expect(herald.reminders == .drop)
        #expect(herald.audience.standing == .none)
        #expect(herald.occasions == [.confirmed], "who drops out knows it")
    }

    @Test func `of a cancelled application nothing is said but that it is cancelled`() throws {
        for status in SpotStatus.allCases where status != .cancelled {
            var herald = herald(.confirmed, of: try application(edition: 2, isCancelled: true))
            herald.hear(try record(status))
            herald.settle()
            #expect(herald.occasions.isEmpty, "\(status)")
        }
        var herald = herald(.confirmed, of: try application(isCancelled: true))
        herald.hear(try record(.refused, reason: "application_cancelled"))
        herald.hear(try record(.cancelled))
        #expect(herald.occasions == [.refused(reason: "application_cancelled"), .cancelled(reason: nil)])
        #expect(herald.reminders == .drop)
    }

    @Test func `a change is told to the confirmed and the waiting, once, and moves the reminders of the first`() throws
    {
        let now = try at("2026-12-01T10:00:00Z")
        var changed = try application(edition: 3)
        (changed.movedIn, changed.movedAt) = (2, now)
        for (standing, order) in [
            (Recipient.Standing.confirmed, NotificationDecision.ReminderOrder.plan(notBefore: now)), (.waiting, .leave),
        ] {
            var herald = herald(standing, knows: 1, of: changed)
            herald.settle()
            herald.settle()
            #expect(herald.occasions == [.changed(oldName: nil)])
            #expect(herald.reminders == order)
            #expect(herald.audience.edition == 3)
        }
        var outsider = herald(.none, knows: 1, of: changed)
        outsider.settle()
        #expect(outsider.occasions.isEmpty)
    }

    @Test func `who is owed a change hears of it before all else, by the name that is known`() throws {
        var herald = herald(.waiting, knows: 1, of: try application("Новое", edition: 2), knownName: "Старое")
        herald.hear(try record(.confirmed))
        #expect(herald.occasions == [.changed(oldName: "Старое"), .confirmed])
    }

    @Test func `an update that changes nothing people hear of is no change`() throws {
        let now = try at("2026-12-01T10:00:00Z")
        var application = try application()
        let silent = UpdateVolunteerApplication(
            applicationID: application.id, availableSpots: 9, description: "…", timeZone: "Europe/Moscow")
        let isChange = application.update(by: silent, at: now)
        #expect(!isChange && application.edition == 1)
        let renamed = application.update(
            by: UpdateVolunteerApplication(applicationID: application.id, name: "Другое"), at: now)
        #expect(renamed && application.edition == 2 && application.movedIn == 1)
        application.isCancelled = true
        let late = application.update(
            by: UpdateVolunteerApplication(applicationID: application.id, name: "Третье"), at: now)
        #expect(!late && application.details.name == "Другое")
    }
}
