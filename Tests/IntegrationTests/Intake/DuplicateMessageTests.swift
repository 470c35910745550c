import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Messages that arrive twice (contract section 4).
@Suite struct DuplicateMessageTests {
    @Test func `a foreign message that arrives twice with the same message_id has one effect`() async throws {
        try await TestSystem.run { system in
            // Each repetition would have an effect if it were not recognised.
            let create = Message.create(.sample("twice", spots: 1))
            let commands: [(Message, String)] = [
                (create, "create"), (create, "create"),
                (.update(.sample("twice", spots: 2)), "more"), (.update(.sample("twice", spots: 1)), "fewer"),
                (.update(.sample("twice", spots: 2)), "more"),
                (.accepted(1, "twice"), "accept"), (.declined(1, "twice"), "decline"),
                (.accepted(1, "twice"), "accept"), (.declined(1, "twice"), "decline"),
                (.waiting(VolunteerWaiting(volunteerID: 2, applicationID: "twice")), "wait"),
                (.declined(2, "twice"), "decline 2"),
                (.waiting(VolunteerWaiting(volunteerID: 2, applicationID: "twice")), "wait"),
                (.waitingListRecord(record(3)), "record"), (.declined(3, "twice"), "decline 3"),
                (.waitingListRecord(record(3)), "record"),
                (.accepted(4, "nowhere"), "refused"), (.accepted(4, "nowhere"), "refused"),
                (.notifyFreeSpot(offer), "offer"), (.notifyFreeSpot(offer), "offer"),
                (.spotStatus(status), "status"), (.spotStatus(status), "status"),
                (.accepted(5, "twice"), "fits"), (.accepted(6, "twice"), "does not fit"),
            ]
            for (message, id) in commands { try await system.send(message, messageID: id) }
            try await system.quiesce()
            let cancel = Message.cancel(CancelVolunteerApplication(applicationID: "twice"))
            for _ in 0..<2 { try await system.send(cancel, messageID: "cancel") }
            try await system.quiesce()
            #expect(system.statuses(of: 1) == [.confirmed])
            #expect(system.statuses(of: 2) == [.confirmed])
            #expect(system.statuses(of: 3) == [.confirmed])
            #expect(system.statuses(of: 4) == [.refused])
            // There is one spot at the end, because the repeated update had no effect: the second volunteer waits.
            #expect(system.statuses(of: 5) == [.confirmed, .cancelled])
            #expect(system.statuses(of: 6) == [.waiting, .cancelled])
            let refused = try await system.application.run("refused", "list")
            #expect(refused.lines.count == 3, "\(refused.lines)")
            let sums = try await system.counters(system.application)
            #expect(sums["deduplicated"] == 10, "\(sums)")
            try await system.expectExactlyOnce()
        }
    }

    @Test func `the same message_id with a different body is a different message`() async throws {
        try await TestSystem.run { system in
            try await system.create("same", spots: 2, messageID: "one")
            try await system.accept(1, "same", messageID: "one")
            try await system.accept(2, "same", messageID: "one")
            try await system.accept(2, "same", messageID: "one")
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == [1, 2])
            #expect(try await system.counters(system.application)["deduplicated"] == 1)
        }
    }

    @Test func `an empty message_id is none`() async throws {
        try await TestSystem.run { system in
            try await system.create("empty", spots: 1, messageID: "")
            for command in [Message.accepted(1, "empty"), .declined(1, "empty"), .accepted(1, "empty")] {
                try await system.send(command, messageID: "")
            }
            try await system.quiesce()
            #expect(system.statuses(of: 1) == [.confirmed, .confirmed])
            #expect(try await system.counters(system.application)["deduplicated", default: 0] == 0)
        }
    }

    @Test func `repeated commands without a message_id change nothing`() async throws {
        try await TestSystem.run { system in
            let create = Message.create(.sample("bare", spots: 1))
            try await system.send([create, create, .accepted(1, "bare"), .accepted(1, "bare"), .accepted(2, "bare")])
            try await system.send([.accepted(2, "bare"), create, .declined(3, "bare"), .declined(3, "bare")])
            try await system.quiesce()
            #expect(system.statusRecords().map(\.userID) == [1, 2])
            #expect(system.statuses(of: 2) == [.waiting])
            #expect(try await system.application.run("refused", "list").lines == [])
        }
    }

    @Test func `duplicates are recognised after a restart`() async throws {
        try await TestSystem.run { system in
            try await system.create("remembered", spots: 1, messageID: "c")
            try await system.accept(1, "remembered", messageID: "a")
            try await system.decline(1, "remembered", messageID: "d")
            try await system.quiesce()
            await system.application.kill()
            try await system.application.start()
            try await system.accept(1, "remembered", messageID: "a")
            try await system.quiesce()
            #expect(system.statuses(of: 1) == [.confirmed])
            try await system.expectExactlyOnce()
        }
    }

    @Test func `a streamed message that arrives twice is dropped, and no volunteer is notified twice`() async throws {
        try await TestSystem.run { system in
            let scenario = Scenario(application: "streamed", spots: 2, volunteers: 8)
            try await scenario.send(to: system)
            try await scenario.expectOutcome(on: system)
            let copies = system.recorder.recorded.filter {
                $0.isOurs && ($0.routingKey.hasSuffix(".waitlist.p00") || $0.routingKey.hasSuffix(".application.p00"))
            }
            #expect(copies.count > 12)
            let notified = system.statusRecords().count
            var before: [[String: Int]] = []
            for service in [system.application, system.waitlist] { before.append(try await system.counters(service)) }
            // Once in order, and once in reverse order.
            for copy in copies + copies.reversed() {
                try await system.sendRaw(
                    copy.body, exchange: copy.exchange, routingKey: copy.routingKey, properties: copy.properties)
            }
            try await system.waitUntil("all copies are dropped") {
                var dropped = 0
                for (service, counts) in zip([system.application, system.waitlist], before) {
                    let now = try await system.counters(service)
                    dropped += now["deduplicated", default: 0] - counts["deduplicated", default: 0]
                }
                return dropped == 2 * copies.count
            }
            try await system.quiesce()
            #expect(system.statusRecords().count == notified)
            try await system.expectExactlyOnce()
            for service in [system.application, system.waitlist] {
                #expect(try await service.run("parked", "list").lines == [])
                #expect(try await system.counters(service)["gaps", default: 0] == 0)
            }
        }
    }

    @Test func `a streamed message of an older epoch is dropped`() async throws {
        try await TestSystem.run { system in
            try await system.create("old", spots: 1)
            try await system.accept(1, "old")
            try await system.accept(2, "old")
            try await system.quiesce()
            let records = system.recorder.recorded.filter { $0.isOurs && $0.action == .waiting }
            let original = try #require(records.first)
            let status = try await system.streams(system.waitlist).first { $0.direction == "in" }
            let last = try #require(status?.last)
            var properties = original.properties
            properties.appID = nil
            properties.headers[HeaderName.epoch] = .int(1)
            properties.headers[HeaderName.seq] = .int(last + 1)
            let body = Message.waiting(VolunteerWaiting(volunteerID: 99, applicationID: "old")).encoded()
            let before = try await system.counters(system.waitlist)["deduplicated", default: 0]
            try await system.sendRaw(
                body, exchange: original.exchange, routingKey: original.routingKey, properties: properties)
            try await system.waitUntil("it is dropped") {
                try await system.counters(system.waitlist)["deduplicated", default: 0] == before + 1
            }
            try await system.quiesce()
            #expect(system.statuses(of: 99) == [])
        }
    }

    /// Fixed, because two messages are the same only if their bodies are equal.
    private static let time = WireTime.instant(Timestamp(milliseconds: 1_800_000_000_000))

    private func record(_ volunteer: ID) -> WaitingListRecord {
        WaitingListRecord(userID: volunteer, applicationID: "twice", timestamp: Self.time)
    }

    private var offer: NotifyFreeSpot {
        NotifyFreeSpot(applicationID: "twice", availableSpots: 1, waitingVolunteers: [1])
    }

    private var status: SpotStatusRecord {
        SpotStatusRecord(applicationID: "twice", userID: 1, status: .available, timestamp: Self.time)
    }
}
