import Contracts
import Ledger
import NotifierDomain
import TestSupport
import Testing
import Wording

@testable import NotifierService

/// Every value that is stored is read as it was written.
@Suite struct StoreTests {
    private static let application = ApplicationSnapshot(
        id: .trusted("a1"), name: "Park",
        schedule: ApplicationSchedule(
            date: CivilDate(year: 2027, month: 3, day: 28)!, startTime: CivilTime(hour: 10, minute: 30, second: 15)!,
            endTime: CivilTime(hour: 18, minute: 0, second: 1)!, timeZone: "Europe/Berlin"),
        startsAt: Timestamp(milliseconds: 7), isFromState: true)

    @Test func `an application is read as it was inserted and as it was changed`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            try await fixture.write { try NotifierStore($0).insert(Self.application, hasBuffered: true, epoch: 5) }
            let inserted = try fixture.application()
            #expect(inserted.epoch == 5)
            #expect(inserted.application == Self.application)
            #expect(inserted.hasBuffered)
            let changed = ApplicationSnapshot(
                id: .trusted("a1"), name: "Forest",
                schedule: ApplicationSchedule(
                    date: CivilDate(year: 2028, month: 1, day: 2)!,
                    startTime: CivilTime(hour: 3, minute: 4, second: 5)!,
                    endTime: CivilTime(hour: 6, minute: 7, second: 8)!, timeZone: "Asia/Tokyo"),
                startsAt: Timestamp(milliseconds: 8), isCancelled: true, version: 4, movedInVersion: 3,
                movedAt: Timestamp(milliseconds: 9), toldVersion: 2, isFromState: true)
            try await fixture.write { transaction in
                try NotifierStore(transaction).save(changed, over: inserted)
                try NotifierStore(transaction).setNoneBuffered(.trusted("a1"))
                try NotifierStore(transaction).setEpoch(6, of: inserted)
                try NotifierStore(transaction).setEpoch(4, of: inserted)
            }
            let read = try fixture.application()
            #expect(read.application == changed)
            #expect(!read.hasBuffered)
            #expect(read.epoch == 6 && !read.isDetached)
            try await fixture.write { try NotifierStore($0).setBuffered(read) }
            #expect(try fixture.application().hasBuffered)
            try await fixture.write { try NotifierStore($0).detach(read.rowID) }
            let detached = try await fixture.write { try NotifierStore($0).applications(after: 0, limit: 9) }
            #expect(detached.map(\.isDetached) == [true])
            let names = try fixture.file.pointRead { snapshot in
                try [1, 4].map { try NotifierStore(snapshot).name(of: read, version: $0) }
            }
            #expect(names == ["Park", "Forest"])
        }
    }

    @Test func `an application is over when it starts by ApplicationService's word`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let start = Timestamp.testStart.advanced(by: .seconds(60))
            var application = Self.application
            application.startsAt = start
            #expect(application.schedule.startsAt > start)
            let over = try await fixture.write { [application] transaction in
                let store = NotifierStore(transaction)
                try store.insert(application, hasBuffered: false)
                return try [start, start.advanced(by: .milliseconds(1))].map { try store.longestOver(before: $0)?.key }
            }
            #expect(over == [nil, "a1"])
        }
    }

    @Test func `a reminder that was sent counts for the start that moved, and the plan is recorded with the rules`()
        async throws
    {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let lead = ISODuration(days: 1)
            let starts = [1, 2, 3].map { Timestamp(milliseconds: Int64($0)) }
            let done = try await fixture.write { transaction in
                let store = NotifierStore(transaction)
                try store.insert(Self.application, hasBuffered: false)
                let application = try #require(try store.application(Self.application.id))
                for user in ["u1", "u2"] {
                    let recipient = Recipient(user: .trusted(user), standing: .confirmed, version: 1)
                    let stored = try store.recipient(recipient.user, of: application)
                    let rowID = try store.save(recipient, over: stored, of: application, epoch: 1)
                    // Of an earlier move, the second start may have a row too.
                    for start in starts.prefix(2) {
                        try store.recordReminder(lead, for: rowID, startsAt: start, isMissed: false, at: start)
                    }
                }
                try store.moveReminders(of: 1, from: starts[0], to: starts[1])
                try store.moveReminders(of: 1, from: starts[1], to: starts[2])
                return try [1, 2].map { recipient in
                    try starts.map { try store.isDone(lead, for: recipient, startsAt: $0) }
                }
            }
            #expect(done == [[false, false, true], [true, true, false]])
            let plan = ReminderPlan(leads: [lead])
            let recorded = try await fixture.write { transaction in
                let store = NotifierStore(transaction)
                let first = try store.isRecorded(plan, "rules")
                try store.record(plan, "rules")
                return [
                    first, try store.isRecorded(plan, "rules"), try store.isRecorded(plan, "others"),
                    try store.isRecorded(ReminderPlan(leads: []), "rules"),
                ]
            }
            #expect(recorded == [false, true, false, false])
        }
    }

    @Test func `a recipient is read as it was inserted and as it was changed, by each query`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            try await fixture.write { try NotifierStore($0).insert(Self.application, hasBuffered: false) }
            let application = try fixture.application()
            for recipient in [
                Recipient(
                    user: .trusted("u1"), standing: .waiting, version: 1,
                    offerExpiresAt: Timestamp(milliseconds: 6)),
                Recipient(
                    user: .trusted("u1"), standing: .waiting, version: 1,
                    offerExpiresAt: Timestamp(milliseconds: 7)),
                Recipient(user: .trusted("u1"), standing: .confirmed, version: 2),
            ] {
                let rowID = try await fixture.write { transaction in
                    let store = NotifierStore(transaction)
                    let stored = try store.recipient(recipient.user, of: application)
                    return try store.save(
                        recipient, over: stored, of: application, epoch: Int64(recipient.version))
                }
                let (byUser, byRow, page) = try fixture.file.pointRead { snapshot in
                    let store = NotifierStore(snapshot)
                    return try (
                        store.recipient(recipient.user, of: application), store.recipient(rowID: rowID),
                        store.recipients(of: application, after: 0, limit: 9)
                    )
                }
                #expect(byUser.recipient == recipient)
                #expect(byUser.epoch == Int64(recipient.version))
                #expect(byRow?.stored.recipient == recipient && byRow?.application == application.rowID)
                #expect(page.map(\.recipient) == [recipient])
            }
        }
    }

    @Test func `a notification is read as it was inserted, by each query`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let (user, application) = (ID.trusted("u1"), ID.trusted("a1"))
            let found = try await fixture.write { transaction in
                let store = NotificationStore(transaction)
                try store.insert(.confirmed, "You are in.", to: user, about: application, isForWebhooks: true)
                try store.markRead(store.newest(of: user), of: user)
                try store.insert(.reminder, "Soon.", to: user, about: application)
                return try (
                    store.page(of: user, before: .max, unreadOnly: false, limit: 9),
                    store.notifications(of: user, after: 0, limit: 9),
                    store.page(of: user, before: .max, unreadOnly: true, limit: 9),
                    store.sent(about: application, to: nil, before: .max, limit: 9),
                    store.sent(about: application, to: user, before: .max, limit: 9)
                )
            }
            let start = Timestamp.testStart
            let first = StoredNotification(
                id: start.milliseconds * 1_000, kind: .confirmed, application: application, message: "You are in.",
                sentAt: start, readAt: start)
            let second = StoredNotification(
                id: first.id + 1, kind: .reminder, application: application, message: "Soon.", sentAt: start,
                readAt: nil)
            #expect(found.0 == [second, first] && found.1 == [first, second] && found.2 == [second])
            let sent = [
                SentNotification(user: user, notification: second, isForWebhooks: false),
                SentNotification(user: user, notification: first, isForWebhooks: true),
            ]
            #expect(found.3 == sent && found.4 == sent)
        }
    }

    @Test func `preferences are read as they were stored, and a language without texts is none`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let user = ID.trusted("u1")
            let stored = NotificationPreferences(language: .en, timeZone: "Asia/Tokyo")
            let read = try await fixture.write { transaction in
                let store = PreferencesStore(transaction)
                var read = [try store.preferences(of: user)]
                try store.replace(stored, of: user)
                read.append(try store.preferences(of: user))
                try transaction.execute("UPDATE preferences SET language = 'tlh'")
                return read + [try store.preferences(of: user)]
            }
            #expect(read == [.none, stored, NotificationPreferences(timeZone: "Asia/Tokyo")])
        }
    }

    @Test func `the last complete state of each partition is known, and the last one of a restored file`() async throws
    {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let producers = [0, 1].map { Address(service: .application, partition: Partition(number: $0)) }
            let states = try await fixture.write { transaction in
                let store = NotifierStore(transaction)
                var states = [try store.completeState(of: producers[0])]
                for (epoch, isRestored) in [(3, false), (5, true), (8, false)] as [(Int64, Bool)] {
                    try store.setComplete(producers[0], epoch: epoch, isRestored: isRestored)
                    states.append(try store.completeState(of: producers[0]))
                }
                return states + [try store.completeState(of: producers[1])]
            }
            #expect(
                states == [
                    nil, CompleteState(epoch: 3, restoredEpoch: 0), CompleteState(epoch: 5, restoredEpoch: 5),
                    CompleteState(epoch: 8, restoredEpoch: 5), nil,
                ])
        }
    }

    @Test func `a file of the version before is opened, and nothing in it counts as named`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            // What an earlier version inserted has the values of the new columns' defaults.
            try await fixture.write { transaction in
                try NotifierStore(transaction).insert(Self.application, hasBuffered: false)
                try transaction.execute(
                    "INSERT INTO audience (application, user, standing, edition) VALUES (1, 'u1', 'waiting', 1)")
            }
            let application = try fixture.application()
            let recipient = try fixture.file.pointRead {
                try NotifierStore($0).recipient(.trusted("u1"), of: application)
            }
            #expect(application.epoch == 0 && recipient.epoch == 0 && recipient.recipient.offerExpiresAt == nil)
            #expect(!CompleteState(epoch: 1, restoredEpoch: 0).knows(recipient.epoch))
        }
    }

    @Test func `a reminder counts for one recipient, one lead and one start`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            try await fixture.write { try NotifierStore($0).insert(Self.application, hasBuffered: false) }
            let application = try fixture.application()
            let lead = try ISODuration(parsing: "PT2H")
            let start = Timestamp(milliseconds: 5)
            let rowID = try await fixture.write { transaction in
                let store = NotifierStore(transaction)
                let recipient = Recipient(user: .trusted("u1"), standing: .confirmed, version: 1)
                let rowID = try store.save(
                    recipient, over: store.recipient(recipient.user, of: application), of: application, epoch: 1)
                try store.recordReminder(lead, for: rowID, startsAt: start, isMissed: false, at: .testStart)
                return rowID
            }
            let done = try fixture.file.pointRead { snapshot in
                let store = NotifierStore(snapshot)
                return try [
                    store.isDone(lead, for: rowID, startsAt: start),
                    store.isDone(ISODuration(parsing: "P1D"), for: rowID, startsAt: start),
                    store.isDone(lead, for: rowID, startsAt: .testStart),
                    store.isDone(lead, for: rowID + 1, startsAt: start),
                ]
            }
            #expect(done == [true, false, false, false])
        }
    }
}

extension StoreFixture {
    fileprivate func application() throws -> StoredApplication {
        let (byKey, byRow) = try file.pointRead { snapshot in
            let store = NotifierStore(snapshot)
            return try (store.application(.trusted("a1")), store.application(rowID: 1))
        }
        let stored = try #require(byKey)
        #expect(stored.application == byRow?.application)
        return stored
    }
}
