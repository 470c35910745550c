import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Reminders by civil time: NotifierService alone, with a clock that the test sets (contract section 6).
@Suite struct ReminderTests {
    private let id: ID = 456

    /// Runs NotifierService with its clock at `time` and a scripted stream to it.
    private func run(
        at time: String, settings: [String: String] = [:],
        _ body: (TestSystem, FakeClock, inout ScriptedStream) async throws -> Void
    ) async throws {
        try await TestSystem.run(settings: settings, services: [], invariants: false) { system in
            let clock = try await FakeClock(in: system.data, showing: Self.instant(time))
            try await system.notifier.start(clock.settings)
            try await system.notifier.waitUntilReady()
            var stream = ScriptedStream()
            try await body(system, clock, &stream)
        }
    }

    private static func instant(_ text: String) throws -> Timestamp { try WireTime(parsing: text).timestamp(in: .gmt) }

    private func create(on date: String, at start: String, in zone: String) throws -> Message {
        .create(
            CreateVolunteerApplication(
                fundID: 1, applicationID: id, availableSpots: 9, description: "", name: "Парк",
                date: try CivilDate(parsing: date), startTime: try CivilTime(parsing: start),
                endTime: try CivilTime(parsing: "23:59:00"), timeZone: zone))
    }

    private func reminders(_ system: TestSystem, to user: ID = 1) -> [UserNotification] {
        system.notifications(to: user).filter { $0.kind == .reminder }
    }

    /// Notifies another user and waits for it: everything due before has been sent by then.
    private func passThrough(
        _ system: TestSystem, _ stream: inout ScriptedStream, user: ID, at time: Timestamp
    ) async throws {
        try await system.brokerClient.publish([stream.next(.status(.waiting, user, id, at: time, position: 1))])
        try await system.waitUntil("\(user) is notified") { !system.notifications(to: user).isEmpty }
    }

    struct Day: Sendable, CustomTestStringConvertible {
        let zone: String
        let date: String
        let start: String
        /// When the reminders `P1D` and `PT2H` are due.
        let dayBefore: String
        let hoursBefore: String
        var testDescription: String { "\(date) \(start) \(zone)" }
    }

    @Test(arguments: [
        Day(
            zone: "Europe/Berlin", date: "2026-03-29", start: "14:00:00", dayBefore: "2026-03-28T13:00:00Z",
            hoursBefore: "2026-03-29T10:00:00Z"),
        Day(
            zone: "Europe/Berlin", date: "2026-10-25", start: "14:00:00", dayBefore: "2026-10-24T12:00:00Z",
            hoursBefore: "2026-10-25T11:00:00Z"),
        Day(
            zone: "Asia/Beirut", date: "2026-03-30", start: "00:00:00", dayBefore: "2026-03-28T22:00:00Z",
            hoursBefore: "2026-03-29T19:00:00Z"),
        Day(
            zone: "Asia/Tokyo", date: "2026-03-29", start: "14:00:00", dayBefore: "2026-03-28T05:00:00Z",
            hoursBefore: "2026-03-29T03:00:00Z"),
    ])
    func `reminders are due at the right time across clock changes, each once, even if the clock is set back`(
        _ day: Day
    ) async throws {
        try await run(at: "2026-03-01T10:00:00Z") { system, clock, stream in
            let confirmed = try Self.instant("2026-03-01T10:00:00Z")
            try await system.brokerClient.publish([
                stream.next(try create(on: day.date, at: day.start, in: day.zone)),
                stream.next(.status(.confirmed, 1, id, at: confirmed)),
            ])
            try await system.waitUntil("1 is notified") { system.kinds(to: 1) == [.confirmed] }
            for (number, due) in [day.dayBefore, day.hoursBefore].enumerated() {
                let due = try Self.instant(due)
                try clock.set(to: due.advanced(by: .seconds(-60)))
                try await passThrough(system, &stream, user: ID(10 + number), at: due)
                #expect(reminders(system).count == number, "a minute too early")
                try clock.set(to: due.advanced(by: .milliseconds(-300)))
                try await system.waitUntil("the reminder is sent") { reminders(system).count == number + 1 }
                let sent = try #require(reminders(system).last).timestamp.timestamp(in: .gmt)
                #expect(try sent >= due && sent <= clock.now, "\(sent)")
            }
            try clock.set(to: Self.instant(day.dayBefore).advanced(by: .seconds(-2)))
            await system.notifier.kill()
            try await system.notifier.start(clock.settings)
            try await system.notifier.waitUntilReady()
            try clock.set(to: Self.instant(day.hoursBefore).advanced(by: .seconds(5)))
            try await passThrough(system, &stream, user: 20, at: Self.instant(day.hoursBefore))
            #expect(reminders(system).count == 2)
        }
    }

    @Test func `a volunteer confirmed after a reminder's time gets only the later reminders`() async throws {
        try await run(at: "2026-06-09T10:00:00Z") { system, clock, stream in
            try await system.brokerClient.publish([
                stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                stream.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-09T10:00:00Z"))),
                stream.next(.status(.confirmed, 2, id, at: Self.instant("2026-06-09T12:00:01Z"))),
            ])
            try await system.waitUntil("both are notified") { system.notifications().count == 2 }
            try clock.set(to: Self.instant("2026-06-09T12:00:02Z"))
            try await system.waitUntil("one is reminded") { reminders(system).count == 1 }
            try await passThrough(system, &stream, user: 9, at: Self.instant("2026-06-09T12:00:03Z"))
            #expect(reminders(system).map(\.message).allSatisfy { $0.contains("сегодня в 14:00") })
            #expect(reminders(system, to: 2).isEmpty)
        }
    }

    @Test func `reminders move with the application, and are dropped after a decline or a cancellation`() async throws {
        try await run(at: "2026-06-01T10:00:00Z") { system, clock, stream in
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await system.brokerClient.publish(
                [stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + volunteers(1...2).map { stream.next(.status(.confirmed, $0, id, at: confirmed)) } + [
                        stream.next(
                            .update(
                                UpdateVolunteerApplication(
                                    applicationID: id, date: try CivilDate(parsing: "2026-06-12")))),
                        stream.next(.declined(2, id)),
                    ])
            try await system.waitUntil("1 is notified of the change") { system.kinds(to: 1) == [.confirmed, .changed] }
            try clock.set(to: Self.instant("2026-06-09T13:00:00Z"))
            try await passThrough(system, &stream, user: 9, at: confirmed)
            #expect(reminders(system).isEmpty, "nothing is due at the old time")
            try clock.set(to: Self.instant("2026-06-11T14:00:00Z"))
            try await system.waitUntil("1 is reminded") { reminders(system).count == 1 }
            #expect(reminders(system).first?.message.contains("завтра в 14:00") == true)
            try await system.brokerClient.publish([
                stream.next(.cancel(CancelVolunteerApplication(applicationID: id, reason: nil))),
                stream.next(.status(.cancelled, 1, id, at: confirmed)),
            ])
            try await system.waitUntil("1 is notified of the cancellation") { system.kinds(to: 1).last == .cancelled }
            try clock.set(to: Self.instant("2026-06-12T13:00:00Z"))
            try await system.brokerClient.publish([stream.next(.status(.refused, 8, 99, reason: "unknown_application"))]
            )
            try await system.waitUntil("a later notification is sent") {
                !system.notifications(to: 8, about: 99).isEmpty
            }
            #expect(reminders(system).count == 1 && reminders(system, to: 2).isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `after downtime due reminders are sent, unless the start has passed`(_ isInTime: Bool) async throws {
        try await run(at: "2026-06-01T10:00:00Z") { system, clock, stream in
            try await system.brokerClient.publish([
                stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                stream.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-01T10:00:00Z"))),
            ])
            try await system.waitUntil("1 is notified") { system.notifications().count == 1 }
            await system.notifier.kill()
            try clock.set(to: Self.instant(isInTime ? "2026-06-09T13:15:00Z" : "2026-06-09T14:00:00Z"))
            try await system.notifier.start(clock.settings)
            try await system.notifier.waitUntilReady()
            try await system.waitUntil("all due reminders are sent or missed") {
                let metrics = try await system.notifier.metrics()
                return metrics.sum("waitlist_reminders_sent") + metrics.sum("waitlist_reminders_missed") == 2
            }
            try await passThrough(system, &stream, user: 9, at: Self.instant("2026-06-09T13:15:00Z"))
            #expect(reminders(system).count == (isInTime ? 2 : 0))
            if isInTime {
                #expect(reminders(system).allSatisfy { $0.message.contains("через 45 минут") })
            } else {
                #expect(try await system.notifier.metrics().sum("waitlist_reminders_missed") == 2)
            }
        }
    }

    @Test func `with other REMINDERS the reminders of those who are confirmed are planned again`() async throws {
        try await run(at: "2026-06-01T10:00:00Z", settings: ["REMINDERS": "P2D"]) { system, clock, stream in
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await system.brokerClient.publish(
                [stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + volunteers(1...2).map { stream.next(.status(.confirmed, $0, id, at: confirmed)) }
                    + [stream.next(.declined(2, id))])
            try await system.waitUntil("both are notified") { system.notifications().count == 2 }
            await system.notifier.kill()
            try await system.notifier.start(clock.settings.merging(["REMINDERS": "P9D,PT3H"]) { $1 })
            try await system.notifier.waitUntilReady()
            try await passThrough(system, &stream, user: 9, at: confirmed)
            try clock.set(to: Self.instant("2026-06-07T14:00:00Z"))
            try await passThrough(system, &stream, user: 8, at: confirmed)
            #expect(reminders(system).isEmpty, "P2D is no longer set, and the time of P9D has passed")
            try clock.set(to: Self.instant("2026-06-09T11:00:00Z"))
            try await system.waitUntil("1 is reminded") { reminders(system).count == 1 }
            #expect(reminders(system, to: 2).isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `a reminder that a clock which was ahead has missed is sent if the start is to come`(
        restarts: Bool
    ) async throws {
        try await run(at: "2026-06-01T10:00:00Z", settings: ["REMINDERS": "PT2H"]) { system, clock, stream in
            try await system.brokerClient.publish([
                stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                stream.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-01T10:00:00Z"))),
            ])
            try await system.waitUntil("1 is notified") { system.notifications().count == 1 }
            try clock.set(to: Self.instant("2026-06-20T10:00:00Z"))
            try await system.waitUntil("the reminder is missed") {
                try await system.notifier.metrics().sum("waitlist_reminders_missed") == 1
            }
            if restarts { await system.notifier.kill() }
            try clock.set(to: Self.instant("2026-06-02T10:00:00Z"))
            if restarts {
                try await system.notifier.start(clock.settings)
                try await system.notifier.waitUntilReady()
            }
            try await system.waitUntil("it is not missed any more") {
                try await system.notifier.metrics().sum("waitlist_reminders_missed") == 0
            }
            #expect(reminders(system).isEmpty)
            try clock.set(to: Self.instant("2026-06-09T12:00:00Z"))
            try await system.waitUntil("1 is reminded") { reminders(system).count == 1 }
        }
    }

    @Test func `if the start moved during downtime, reminders due by the new start are sent`() async throws {
        try await run(at: "2026-06-01T10:00:00Z") { system, clock, stream in
            try await system.brokerClient.publish([
                stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                stream.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-01T10:00:00Z"))),
            ])
            try await system.waitUntil("1 is notified") { system.notifications().count == 1 }
            await system.notifier.kill()
            let update = UpdateVolunteerApplication(applicationID: id, date: try CivilDate(parsing: "2026-06-05"))
            var message = stream.next(.update(update))
            let moved = try Self.instant("2026-06-02T10:00:00Z")
            message.properties.timestamp = UInt64(moved.milliseconds / 1000)
            try await system.brokerClient.publish([message])
            try clock.set(to: Self.instant("2026-06-05T09:00:00Z"))
            try await system.notifier.start(clock.settings)
            try await system.notifier.waitUntilReady()
            try await system.waitUntil("1 is notified of the change and is reminded") {
                system.kinds(to: 1) == [.confirmed, .changed, .reminder]
            }
        }
    }

    @Test func `messages sent during downtime are applied before due reminders are sent`() async throws {
        try await run(at: "2026-06-01T10:00:00Z", settings: ["REMINDERS": "PT2H"]) { system, clock, stream in
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await system.brokerClient.publish(
                [stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + volunteers(1...3).map { stream.next(.status(.confirmed, $0, id, at: confirmed)) })
            try await system.waitUntil("all are notified") { system.notifications().count == 3 }
            await system.notifier.kill()
            // One volunteer declines. The name changes after the reminder was due, which cancels no reminder.
            let declined = stream.next(.declined(2, id))
            var rename = stream.next(.update(UpdateVolunteerApplication(applicationID: id, name: "Лес")))
            rename.properties.timestamp = UInt64(try Self.instant("2026-06-09T12:30:00Z").milliseconds / 1000)
            try await system.brokerClient.publish([declined, rename])
            try clock.set(to: Self.instant("2026-06-09T13:00:00Z"))
            try await system.notifier.start(clock.settings)
            try await system.notifier.waitUntilReady()
            try await system.waitUntil("the other two are reminded") {
                reminders(system, to: 1).count == 1 && reminders(system, to: 3).count == 1
            }
            try await passThrough(system, &stream, user: 9, at: confirmed)
            #expect(system.kinds(to: 1) == [.confirmed, .changed, .reminder])
            #expect(system.kinds(to: 2) == [.confirmed])
            #expect(reminders(system, to: 3).first?.message.contains("«Лес»") == true)
        }
    }

    @Test func `if it is killed while many reminders are due, each is sent once, in order of time`() async throws {
        try await run(at: "2026-06-01T10:00:00Z", settings: ["REMINDERS": "PT3H,PT2H"]) { system, clock, stream in
            let people = volunteers(1...600)
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await system.brokerClient.publish(
                [stream.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + people.map { stream.next(.status(.confirmed, $0, id, at: confirmed)) })
            try await system.waitUntil("all are notified") { system.notifications().count == 600 }
            try clock.set(to: Self.instant("2026-06-09T12:00:00Z"))
            for _ in 0..<4 {
                let before = system.notifications().count
                try await system.waitUntil("some are reminded") {
                    system.notifications().count > before || before == 1800
                }
                await system.notifier.kill()
                try await system.notifier.start(clock.settings)
            }
            try await system.notifier.waitUntilReady()
            try await system.waitUntil("all are reminded, twice") { system.notifications().count >= 1800 }
            for person in people {
                #expect(system.kinds(to: person) == [.confirmed, .reminder, .reminder], "\(person)")
            }
            #expect(try await system.notifier.metrics().sum("waitlist_reminders_sent") == 1200)
        }
    }
}
