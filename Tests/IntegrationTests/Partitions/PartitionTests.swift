import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Several partitions in one process (contract section 3).
@Suite struct PartitionTests {
    /// From examples/partitions.json, and four whose place was computed outside of this code.
    private static let vectors: [(key: ID, partition: Int)] = [
        ("456", 0), ("application_id123", 1), ("volunteer789", 1), ("заявка-7", 0),
    ]

    @Test func `with four partitions each application's story is told in its own`() async throws {
        try await TestSystem.run(partitions: 4) { system in
            let ids = Self.vectors.map(\.key) + (1...12).map { ID.trusted("app-\($0)") }
            for (key, partition) in Self.vectors { #expect(Partition.of(key, count: 4).number == partition) }
            #expect(Set(ids.map { Partition.of($0, count: 4) }).count == 4)

            try await system.send(ids.map { .create(.sample($0, spots: 2)) })
            try await system.send(ids.flatMap { id in volunteers(1...5).map { .accepted($0, id) } })
            try await system.waitUntil("all have their list") {
                system.statusRecords(.confirmed).count == ids.count * 2
                    && system.statusRecords(.waiting).count == ids.count * 3
            }
            try await system.send(ids.map { .declined(1, $0) })
            try await system.waitUntil("all have their round") {
                system.statusRecords(.available).count == ids.count * 3
            }
            try await system.send(ids.map { .accepted(4, $0) })
            try await system.quiesce()

            for id in ids {
                #expect(system.statusRecords(.confirmed, about: id).map(\.userID).sorted() == [1, 2, 4], "\(id)")
                #expect(system.statuses(of: 3, about: id) == [.waiting, .available, .notChosen], "\(id)")
                #expect(system.statuses(of: 5, about: id) == [.waiting, .available, .notChosen], "\(id)")
                #expect(system.statusRecords(5, .waiting, about: id).map(\.position) == [3], "\(id)")
            }
            for record in system.recorder.recorded where record.isOurs { checkRoute(of: record) }
        }
    }

    // What belongs to a partition is sent by its owner to its owner, and a person's news to the person's partition.
    private func checkRoute(of record: RecordedMessage) {
        guard let message = record.message, let id = message.applicationID, let sender = record.properties.appID else {
            Issue.record("a message about no application: \(record.text)")
            return
        }
        let home = Self.vectors.first { $0.key == id }?.partition ?? Partition.of(id, count: 4).number
        let words = record.routingKey.split(separator: ".").map(String.init)
        #expect(words.count == 3 && words.first == message.action.rawValue, "\(record.routingKey)")
        #expect(sender.hasSuffix(".p0\(home)"), "\(sender) sent \(record.text)")
        #expect(record.stream == "\(sender)>\(words.dropFirst().joined(separator: "."))")
        if words[1] != "notifier" {
            #expect(words.last == "p0\(home)", "\(record.routingKey) of \(id)")
        } else if let volunteer = message.volunteerID {
            #expect(words.last == Partition.of(volunteer, count: 4).name, "\(record.routingKey) of \(volunteer)")
        }
    }

    // Section 3: names and times are kept in every notifier partition.
    @Test func `with four partitions every notifier partition hears of a create and a cancel`() async throws {
        try await TestSystem.run(partitions: 4) { system in
            try await system.create(456, spots: 1)
            try await system.cancel(456)
            try await system.quiesce()
            for action in [Action.create, .cancel] {
                let keys = system.recorder.recorded.filter { $0.isOurs && $0.action == action && !Marker.isIn($0) }
                    .map(\.routingKey)
                let expected = (0..<4).map { "\(action.rawValue).notifier.p0\($0)" }
                #expect(keys.filter { $0.contains("notifier") }.sorted() == expected)
                #expect(keys.filter { !$0.contains("notifier") } == ["\(action.rawValue).waitlist.p00"])
            }
        }
    }

    // Section 3: the number is recorded in every file.
    @Test func `another number of partitions refuses to start`() async throws {
        try await TestSystem.run(partitions: 2) { system in
            for service in [system.application, system.waitlist] {
                #expect(try await service.stop() == 0)
                try await service.start(["PARTITIONS": "3"])
                #expect(try await service.waitForExit() == 64)
                let line = service.log.split(separator: "\n").last ?? ""
                #expect(line.contains("PARTITIONS") || line.contains("partition"), "\(line)")
            }
        }
    }
}
