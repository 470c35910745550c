import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// NotifierService alone, by a clock that a test sets: reminders by civil time (contract section 6).
@Suite struct ReminderTests {
    private let id: ID = 456

    /// NotifierService with its clock at `time`, and a gate to speak to it through.
    private func run(
        at time: String, settings: [String: String] = [:],
        _ body: (Stage, FakeClock, inout ScriptedGate) async throws -> Void
    ) async throws {
        try await Stage.run(settings: settings, services: [], invariants: false) { stage in
            let clock = try await FakeClock(in: stage.data, showing: Self.instant(time))
            try await stage.notifier.start(clock.settings)
            try await stage.notifier.waitUntilReady()
            var gate = ScriptedGate()
            try await body(stage, clock, &gate)
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

    private func reminders(_ stage: Stage, to user: ID = 1) -> [UserNotification] {
        stage.letters(to: user).filter { $0.kind == .reminder }
    }

    /// Another user is confirmed, and has heard of it: whatever was due before was sent before.
    private func turn(_ stage: Stage, _ gate: inout ScriptedGate, user: ID, at time: Timestamp) async throws {
        try await stage.outside.publish([gate.next(.status(.waiting, user, id, at: time, position: 1))])
        try await stage.expect("\(user) has heard") { !stage.letters(to: user).isEmpty }
    }

    struct Day: Sendable, CustomTestStringConvertible {
        let zone: String
        let date: String
        let start: String
        /// When `P1D` and `PT2H` fall due.
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
    func `reminders fall due right across changes of clocks, each once, also with the clock set back`(
        _ day: Day
    ) async throws {
        try await run(at: "2026-03-01T10:00:00Z") { stage, clock, gate in
            let confirmed = try Self.instant("2026-03-01T10:00:00Z")
            try await stage.outside.publish([
                gate.next(try create(on: day.date, at: day.start, in: day.zone)),
                gate.next(.status(.confirmed, 1, id, at: confirmed)),
            ])
            try await stage.expect("1 is told") { stage.kinds(to: 1) == [.confirmed] }
            for (number, due) in [day.dayBefore, day.hoursBefore].enumerated() {
                let due = try Self.instant(due)
                try clock.set(to: due.advanced(by: .seconds(-60)))
                try await turn(stage, &gate, user: ID(10 + number), at: due)
                #expect(reminders(stage).count == number, "a minute too early")
                try clock.set(to: due.advanced(by: .milliseconds(-300)))
                try await stage.expect("the reminder comes") { reminders(stage).count == number + 1 }
                let sent = try #require(reminders(stage).last).timestamp.timestamp(in: .gmt)
                #expect(try sent >= due && sent <= clock.now, "\(sent)")
            }
            try clock.set(to: Self.instant(day.dayBefore).advanced(by: .seconds(-2)))
            await stage.notifier.kill()
            try await stage.notifier.start(clock.settings)
            try await stage.notifier.waitUntilReady()
            try clock.set(to: Self.instant(day.hoursBefore).advanced(by: .seconds(5)))
            try await turn(stage, &gate, user: 20, at: Self.instant(day.hoursBefore))
            #expect(reminders(stage).count == 2)
        }
    }

    @Test func `who is confirmed within a reminder's time gets only what is ahead`() async throws {
        try await run(at: "2026-06-09T10:00:00Z") { stage, clock, gate in
            try await stage.outside.publish([
                gate.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                gate.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-09T10:00:00Z"))),
                gate.next(.status(.confirmed, 2, id, at: Self.instant("2026-06-09T12:00:01Z"))),
            ])
            try await stage.expect("both are told") { stage.letters().count == 2 }
            try clock.set(to: Self.instant("2026-06-09T12:00:02Z"))
            try await stage.expect("one is reminded") { reminders(stage).count == 1 }
            try await turn(stage, &gate, user: 9, at: Self.instant("2026-06-09T12:00:03Z"))
            #expect(reminders(stage).map(\.message).allSatisfy { $0.contains("сегодня в 14:00") })
            #expect(reminders(stage, to: 2).isEmpty)
        }
    }

    @Test func `reminders move with the application, and are dropped with the place or the whole`() async throws {
        try await run(at: "2026-06-01T10:00:00Z") { stage, clock, gate in
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await stage.outside.publish(
                [gate.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + volunteers(1...2).map { gate.next(.status(.confirmed, $0, id, at: confirmed)) } + [
                        gate.next(
                            .update(
                                UpdateVolunteerApplication(
                                    applicationID: id, date: try CivilDate(parsing: "2026-06-12")))),
                        gate.next(.declined(2, id)),
                    ])
            try await stage.expect("1 knows of the change") { stage.kinds(to: 1) == [.confirmed, .changed] }
            try clock.set(to: Self.instant("2026-06-09T13:00:00Z"))
            try await turn(stage, &gate, user: 9, at: confirmed)
            #expect(reminders(stage).isEmpty, "the old time has no meaning any more")
            try clock.set(to: Self.instant("2026-06-11T14:00:00Z"))
            try await stage.expect("1 is reminded") { reminders(stage).count == 1 }
            #expect(reminders(stage).first?.message.contains("завтра в 14:00") == true)
            try await stage.outside.publish([
                gate.next(.cancel(CancelVolunteerApplication(applicationID: id, reason: nil))),
                gate.next(.status(.cancelled, 1, id, at: confirmed)),
            ])
            try await stage.expect("1 knows that it is cancelled") { stage.kinds(to: 1).last == .cancelled }
            try clock.set(to: Self.instant("2026-06-12T13:00:00Z"))
            try await stage.outside.publish([gate.next(.status(.refused, 8, 99, reason: "unknown_application"))])
            try await stage.expect("something later is told") { !stage.letters(to: 8, about: 99).isEmpty }
            #expect(reminders(stage).count == 1 && reminders(stage, to: 2).isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `a notifier that was down sends when it is back, unless the start has passed`(_ isInTime: Bool) async throws {
        try await run(at: "2026-06-01T10:00:00Z") { stage, clock, gate in
            try await stage.outside.publish([
                gate.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                gate.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-01T10:00:00Z"))),
            ])
            try await stage.expect("1 is told") { stage.letters().count == 1 }
            await stage.notifier.kill()
            try clock.set(to: Self.instant(isInTime ? "2026-06-09T13:15:00Z" : "2026-06-09T14:00:00Z"))
            try await stage.notifier.start(clock.settings)
            try await stage.notifier.waitUntilReady()
            try await stage.expect("all that was due is done with") {
                let figures = try await stage.notifier.metrics()
                return figures.sum("waitlist_reminders_sent") + figures.sum("waitlist_reminders_missed") == 2
            }
            try await turn(stage, &gate, user: 9, at: Self.instant("2026-06-09T13:15:00Z"))
            #expect(reminders(stage).count == (isInTime ? 2 : 0))
            if isInTime {
                #expect(reminders(stage).allSatisfy { $0.message.contains("через 45 минут") })
            } else {
                #expect(try await stage.notifier.metrics().sum("waitlist_reminders_missed") == 2)
            }
        }
    }

    @Test func `a notifier that was down while the start moved sends what fell due by the new start`() async throws {
        try await run(at: "2026-06-01T10:00:00Z") { stage, clock, gate in
            try await stage.outside.publish([
                gate.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC")),
                gate.next(.status(.confirmed, 1, id, at: Self.instant("2026-06-01T10:00:00Z"))),
            ])
            try await stage.expect("1 is told") { stage.letters().count == 1 }
            await stage.notifier.kill()
            let update = UpdateVolunteerApplication(applicationID: id, date: try CivilDate(parsing: "2026-06-05"))
            var message = gate.next(.update(update))
            let moved = try Self.instant("2026-06-02T10:00:00Z")
            message.properties.timestamp = UInt64(moved.milliseconds / 1000)
            try await stage.outside.publish([message])
            try clock.set(to: Self.instant("2026-06-05T09:00:00Z"))
            try await stage.notifier.start(clock.settings)
            try await stage.notifier.waitUntilReady()
            try await stage.expect("1 knows of the change, and is reminded") {
                stage.kinds(to: 1) == [.confirmed, .changed, .reminder]
            }
        }
    }

    @Test func `what was said while it was down is read before a reminder that is due goes out`() async throws {
        try await run(at: "2026-06-01T10:00:00Z", settings: ["REMINDERS": "PT2H"]) { stage, clock, gate in
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await stage.outside.publish(
                [gate.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + volunteers(1...3).map { gate.next(.status(.confirmed, $0, id, at: confirmed)) })
            try await stage.expect("all are told") { stage.letters().count == 3 }
            await stage.notifier.kill()
            // One gives up; and the name changes after the reminder was due, which takes it from nobody.
            let declined = gate.next(.declined(2, id))
            var rename = gate.next(.update(UpdateVolunteerApplication(applicationID: id, name: "Лес")))
            rename.properties.timestamp = UInt64(try Self.instant("2026-06-09T12:30:00Z").milliseconds / 1000)
            try await stage.outside.publish([declined, rename])
            try clock.set(to: Self.instant("2026-06-09T13:00:00Z"))
            try await stage.notifier.start(clock.settings)
            try await stage.notifier.waitUntilReady()
            try await stage.expect("the other two are reminded") {
                reminders(stage, to: 1).count == 1 && reminders(stage, to: 3).count == 1
            }
            try await turn(stage, &gate, user: 9, at: confirmed)
            #expect(stage.kinds(to: 1) == [.confirmed, .changed, .reminder])
            #expect(stage.kinds(to: 2) == [.confirmed])
            #expect(reminders(stage, to: 3).first?.message.contains("«Лес»") == true)
        }
    }

    @Test func `killed while many reminders fall due, each is sent once, in order of their time`() async throws {
        try await run(at: "2026-06-01T10:00:00Z", settings: ["REMINDERS": "PT3H,PT2H"]) { stage, clock, gate in
            let people = volunteers(1...600)
            let confirmed = try Self.instant("2026-06-01T10:00:00Z")
            try await stage.outside.publish(
                [gate.next(try create(on: "2026-06-09", at: "14:00:00", in: "UTC"))]
                    + people.map { gate.next(.status(.confirmed, $0, id, at: confirmed)) })
            try await stage.expect("all are told") { stage.letters().count == 600 }
            try clock.set(to: Self.instant("2026-06-09T12:00:00Z"))
            for _ in 0..<4 {
                let before = stage.letters().count
                try await stage.expect("some are reminded") { stage.letters().count > before || before == 1800 }
                await stage.notifier.kill()
                try await stage.notifier.start(clock.settings)
            }
            try await stage.notifier.waitUntilReady()
            try await stage.expect("all are reminded, twice") { stage.letters().count >= 1800 }
            for person in people {
                #expect(stage.kinds(to: person) == [.confirmed, .reminder, .reminder], "\(person)")
            }
            #expect(try await stage.notifier.metrics().sum("waitlist_reminders_sent") == 1200)
        }
    }
}
