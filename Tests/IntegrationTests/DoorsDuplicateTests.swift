import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Messages that come twice (contract section 4).
@Suite struct DoorsDuplicateTests {
    @Test func `a foreign message that comes twice with its message_id has one effect`() async throws {
        try await Stage.run { stage in
            // Each pair would change something, or tell somebody, if it were taken for new.
            let create = Message.create(.sample("twice", spots: 1))
            let story: [(Message, String)] = [
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
                (.accepted(5, "twice"), "fits"), (.accepted(6, "twice"), "fits not"),
            ]
            for (message, id) in story { try await stage.send(message, messageID: id) }
            try await stage.quiesce()
            let cancel = Message.cancel(CancelVolunteerApplication(applicationID: "twice"))
            for _ in 0..<2 { try await stage.send(cancel, messageID: "cancel") }
            try await stage.quiesce()
            #expect(stage.heard(1) == [.confirmed])
            #expect(stage.heard(2) == [.confirmed])
            #expect(stage.heard(3) == [.confirmed])
            #expect(stage.heard(4) == [.refused])
            // One spot in the end, so that the second of these waits: the repeated update changed nothing.
            #expect(stage.heard(5) == [.confirmed, .cancelled])
            #expect(stage.heard(6) == [.waiting, .cancelled])
            let refused = try await stage.application.run("refused", "list")
            #expect(refused.lines.count == 3, "\(refused.lines)")
            let sums = try await stage.counters(stage.application)
            #expect(sums["deduplicated"] == 10, "\(sums)")
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `the same message_id with another body is another message`() async throws {
        try await Stage.run { stage in
            try await stage.create("same", spots: 2, messageID: "one")
            try await stage.accept(1, "same", messageID: "one")
            try await stage.accept(2, "same", messageID: "one")
            try await stage.accept(2, "same", messageID: "one")
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == [1, 2])
            #expect(try await stage.counters(stage.application)["deduplicated"] == 1)
        }
    }

    @Test func `without a message_id what is repeated changes nothing`() async throws {
        try await Stage.run { stage in
            let create = Message.create(.sample("bare", spots: 1))
            try await stage.send([create, create, .accepted(1, "bare"), .accepted(1, "bare"), .accepted(2, "bare")])
            try await stage.send([.accepted(2, "bare"), create, .declined(3, "bare"), .declined(3, "bare")])
            try await stage.quiesce()
            #expect(stage.told().map(\.userID) == [1, 2])
            #expect(stage.heard(2) == [.waiting])
            #expect(try await stage.application.run("refused", "list").lines == [])
        }
    }

    @Test func `a restart does not forget what was here before`() async throws {
        try await Stage.run { stage in
            try await stage.create("remembered", spots: 1, messageID: "c")
            try await stage.accept(1, "remembered", messageID: "a")
            try await stage.decline(1, "remembered", messageID: "d")
            try await stage.quiesce()
            await stage.application.kill()
            try await stage.application.start()
            try await stage.accept(1, "remembered", messageID: "a")
            try await stage.quiesce()
            #expect(stage.heard(1) == [.confirmed])
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `a streamed message that comes twice is dropped, and nobody is told twice`() async throws {
        try await Stage.run { stage in
            let crowd = Crowd(application: "streamed", spots: 2, volunteers: 8)
            try await crowd.send(to: stage)
            try await crowd.expectTold(on: stage)
            let copies = stage.watch.recorded.filter {
                $0.isOurs && ($0.routingKey.hasSuffix(".waitlist.p00") || $0.routingKey.hasSuffix(".application.p00"))
            }
            #expect(copies.count > 12)
            let told = stage.told().count
            var before: [[String: Int]] = []
            for service in [stage.application, stage.waitlist] { before.append(try await stage.counters(service)) }
            // In order, and once more backwards.
            for copy in copies + copies.reversed() {
                try await stage.sendRaw(
                    copy.body, exchange: copy.exchange, routingKey: copy.routingKey, properties: copy.properties)
            }
            try await stage.expect("all copies are dropped") {
                var dropped = 0
                for (service, counts) in zip([stage.application, stage.waitlist], before) {
                    let now = try await stage.counters(service)
                    dropped += now["deduplicated", default: 0] - counts["deduplicated", default: 0]
                }
                return dropped == 2 * copies.count
            }
            try await stage.quiesce()
            #expect(stage.told().count == told)
            try await stage.expectExactlyOnce()
            for service in [stage.application, stage.waitlist] {
                #expect(try await service.run("parked", "list").lines == [])
                #expect(try await stage.counters(service)["gaps", default: 0] == 0)
            }
        }
    }

    @Test func `a streamed message of an older epoch is dropped`() async throws {
        try await Stage.run { stage in
            try await stage.create("old", spots: 1)
            try await stage.accept(1, "old")
            try await stage.accept(2, "old")
            try await stage.quiesce()
            let records = stage.watch.recorded.filter { $0.isOurs && $0.action == .waiting }
            let original = try #require(records.first)
            let standing = try await stage.streams(stage.waitlist).first { $0.direction == "in" }
            let last = try #require(standing?.last)
            var properties = original.properties
            properties.appID = nil
            properties.headers[HeaderName.epoch] = .int(1)
            properties.headers[HeaderName.seq] = .int(last + 1)
            let body = Message.waiting(VolunteerWaiting(volunteerID: 99, applicationID: "old")).encoded()
            let before = try await stage.counters(stage.waitlist)["deduplicated", default: 0]
            try await stage.sendRaw(
                body, exchange: original.exchange, routingKey: original.routingKey, properties: properties)
            try await stage.expect("it is dropped") {
                try await stage.counters(stage.waitlist)["deduplicated", default: 0] == before + 1
            }
            try await stage.quiesce()
            #expect(stage.heard(99) == [])
        }
    }

    /// Fixed: two messages are the same only if their bodies are.
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
