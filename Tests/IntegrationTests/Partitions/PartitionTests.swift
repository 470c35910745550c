import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Several partitions in one process (contract section 3).
@Suite struct PartitionTests {
    /// From the contract's partitions.json, and values computed independently of this code.
    private static let vectors: [(key: ID, partition: Int)] = [
        ("456", 0), ("application_id123", 1), ("volunteer789", 1), ("заявка-7", 0),
    ]

    @Test func `with four partitions each application is handled in its own`() async throws {
        try await TestSystem.run(partitions: 4) { system in
            let ids = Self.vectors.map(\.key) + (1...12).map { ID.trusted("app-\($0)") }
            for (key, partition) in Self.vectors { #expect(Partition.of(key, count: 4).number == partition) }
            #expect(Set(ids.map { Partition.of($0, count: 4) }).count == 4)

            try await system.send(ids.map { .create(.sample($0, spots: 2)) })
            try await system.send(ids.flatMap { id in volunteers(1...5).map { .accepted($0, id) } })
            try await system.waitUntil("all applications are full") {
                system.statusRecords(.confirmed).count == ids.count * 2
                    && system.statusRecords(.waiting).count == ids.count * 3
            }
            try await system.send(ids.map { .declined(1, $0) })
            try await system.waitUntil("all rounds are finished") {
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

    /// Messages about an application go from its partition to its partition, records for a user to the user's
    /// partition.
    private func checkRoute(of record: RecordedMessage) {
        guard let message = record.message, let id = message.applicationID, let sender = record.properties.appID else {
            Issue.record("a message without an application: \(record.text)")
            return
        }
        let partition = Self.vectors.first { $0.key == id }?.partition ?? Partition.of(id, count: 4).number
        let words = record.routingKey.split(separator: ".").map(String.init)
        #expect(words.count == 3 && words.first == message.action.rawValue, "\(record.routingKey)")
        #expect(sender.hasSuffix(".p0\(partition)"), "\(sender) sent \(record.text)")
        #expect(record.stream == "\(sender)>\(words.dropFirst().joined(separator: "."))")
        if words[1] != "notifier" {
            #expect(words.last == "p0\(partition)", "\(record.routingKey) of \(id)")
        } else if let volunteer = message.volunteerID {
            #expect(words.last == Partition.of(volunteer, count: 4).name, "\(record.routingKey) of \(volunteer)")
        }
    }

    // Contract section 3: a notifier partition knows the applications that its volunteers take part in.
    @Test func `with four partitions an application goes to the notifier partitions that have somebody of it`()
        async throws
    {
        try await TestSystem.run(partitions: 4, services: [.application, .waitlist, .notifier]) { system in
            try await system.create(456, spots: 1, name: "Парк")
            try await system.quiesce()
            #expect(toNotifiers(system) == [:])

            let (holder, waiting) = (Self.volunteer(in: 1), Self.volunteer(in: 2))
            try await system.accept(holder, 456)
            try await system.quiesce()
            #expect(toNotifiers(system) == ["p01": [.create, .spotStatus]])
            try await system.send([.update(UpdateVolunteerApplication(applicationID: 456, name: "Сад"))])
            try await system.accept(waiting, 456)
            try await system.quiesce()
            #expect(
                toNotifiers(system) == ["p01": [.create, .spotStatus, .update], "p02": [.create, .spotStatus]])
            #expect(system.kinds(to: holder) == [.confirmed, .changed])
            #expect(system.notifications(to: waiting).map { $0.message.contains("«Сад»") } == [true])

            try await system.cancel(456)
            try await system.quiesce()
            #expect(
                toNotifiers(system) == [
                    "p01": [.create, .spotStatus, .update, .cancel, .spotStatus],
                    "p02": [.create, .spotStatus, .cancel, .spotStatus],
                ])
            #expect(system.kinds(to: holder) == [.confirmed, .changed, .cancelled])
            #expect(system.kinds(to: waiting) == [.waiting, .cancelled])
        }
    }

    /// What was sent to each partition of NotifierService, in order.
    private func toNotifiers(_ system: TestSystem) -> [String: [Action]] {
        var actions: [String: [Action]] = [:]
        for record in system.recorder.recorded where record.isOurs && !Marker.isIn(record) {
            let words = record.routingKey.split(separator: ".").map(String.init)
            guard words.count == 3, words[1] == "notifier", let action = record.action else { continue }
            actions[words[2], default: []].append(action)
        }
        return actions
    }

    private static func volunteer(in partition: Int) -> ID {
        volunteers(1...99).filter { Partition.of($0, count: 4).number == partition }[0]
    }

    // Contract section 3: the number is recorded in every file.
    @Test func `a service refuses to start with another number of partitions`() async throws {
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
