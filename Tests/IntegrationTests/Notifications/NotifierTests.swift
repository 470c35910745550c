import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// NotifierService together with the other two services (contract section 6).
@Suite struct NotifierTests {
    private static let all: [ServiceProcess.Kind] = [.application, .waitlist, .notifier]

    @Test func `each user gets each notification once and in order`() async throws {
        try await TestSystem.run(services: Self.all) { system in
            try await system.create(456, spots: 1, startsIn: .seconds(30 * 86_400), name: "Парк")
            for volunteer in volunteers(1...3) { try await system.accept(volunteer, 456) }
            try await system.waitUntil("2 and 3 wait") { system.statusRecords(.waiting).count == 2 }
            try await system.decline(1, 456)
            try await system.waitUntil("both are offered the spot") { system.offers(456).count == 2 }
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.kinds(to: 1) == [.confirmed])
            #expect(system.kinds(to: 2) == [.waiting, .spotAvailable, .notChosen])
            #expect(system.kinds(to: 3) == [.waiting, .spotAvailable, .confirmed])
            for notification in system.notifications() {
                #expect(notification.message.contains("«Парк»") && notification.applicationID == 456)
            }
            let texts = system.notifications(to: 2).map(\.message)
            #expect(texts.first?.contains("на 1-м месте") == true)
            #expect(texts.dropFirst().first?.contains("Примите его до ") == true)

            try await system.cancel(456, reason: "дождь")
            try await system.quiesce()
            #expect(system.kinds(to: 1) == [.confirmed], "a volunteer who declined gets no notification")
            #expect(system.notifications(to: 2).last?.message.hasSuffix("Причина: дождь") == true)
            #expect(system.kinds(to: 3).last == .cancelled)
        }
    }

    @Test func `notifications are persistent, with a stable id, and have the user's id as routing key`()
        async throws
    {
        try await TestSystem.run(services: Self.all) { system in
            try await system.create(456, spots: 1)
            try await system.accept("volunteer789", 456)
            try await system.quiesce()
            let record = try #require(system.recorder.recorded.first { $0.isNotification })
            #expect(record.routingKey == "volunteer789")
            #expect(record.properties.type == "notification")
            #expect(record.properties.appID == "notifier.p00")
            #expect(record.properties.deliveryMode == 2)
            #expect(record.properties.contentType == "application/json")
            #expect(record.properties.headers[HeaderName.traceparent] != nil)
            #expect(record.stream == nil && record.seq == nil)
            // A subscriber that arrives only now has missed nothing.
            let waiting = try await system.brokerClient.perform { try $0.messageCount(Exchange.notifications) }
            #expect(waiting == system.recorder.count { $0.isNotification })
        }
    }

    @Test func `the queue of notifications is declared again when it is gone, and no notification is lost`()
        async throws
    {
        // If the recorder were bound to notifications, they would not be returned as unroutable.
        try await TestSystem.run(services: Self.all, watching: ["#.notifier.p00"]) { system in
            try await system.create(456, spots: 3)
            try await system.accept(1, 456)
            let client = system.brokerClient
            func arrived(_ count: Int) async throws -> Bool {
                let waiting = try? await client.perform { try $0.messageCount(Exchange.notifications) }
                return waiting == count
            }
            try await eventually("the first is notified") { try await arrived(1) }
            try await client.perform { try $0.deleteQueue(Exchange.notifications) }
            try await system.accept(2, 456)
            try await eventually("the second is notified through a new queue") { try await arrived(1) }
            try await client.perform { try $0.deleteQueue(Exchange.notifications) }
            try await system.accept(3, 456)
            try await eventually("the third, too") { try await arrived(1) }
            #expect(try await system.notifier.metrics().sum("waitlist_outbox_depth") == 0)
        }
    }

    @Test func `a change is announced to confirmed and waiting volunteers, not to those who declined`() async throws {
        try await TestSystem.run(services: Self.all) { system in
            try await system.fillApplication(456, confirmed: 1...2, waiting: 3...4)
            try await system.decline(4, 456)
            try await system.update(456, name: "Лес")
            try await system.update(456, spots: 3)
            try await system.quiesce()
            #expect(system.kinds(to: 1) == [.confirmed, .changed])
            #expect(system.kinds(to: 3).prefix(2) == [.waiting, .changed])
            #expect(system.kinds(to: 4) == [.waiting])
            let text = try #require(system.notifications(to: 1).last?.message)
            let expected = "Заявка изменилась: «Помощь в уборке территории» теперь называется «Лес»"
            #expect(text.hasPrefix(expected), "\(text)")
        }
    }

    @Test func `notifications follow LANGUAGE and TIME_ZONE`() async throws {
        let settings = ["LANGUAGE": "en", "TIME_ZONE": "Europe/Berlin"]
        try await TestSystem.run(settings: settings, services: Self.all) { system in
            try await system.create(456, spots: 1, name: "Park", timeZone: "Asia/Tokyo")
            try await system.accept(1, 456)
            try await system.accept(2, 7)
            try await system.quiesce()
            let text = try #require(system.notifications(to: 1).first?.message)
            #expect(text.hasPrefix("You are in: “Park”") && text.contains("Asia/Tokyo time, UTC+9"), "\(text)")
            #expect(
                system.notifications(to: 2, about: 7).map(\.message)
                    == ["Your response was not accepted: there is no application 7."])
        }
    }

    @Test func `with several partitions each user is notified by their own partition, about every application`()
        async throws
    {
        try await TestSystem.run(partitions: 3, services: Self.all) { system in
            let ids: [ID] = ["a", "b", "c", "d"]
            let people = volunteers(1...9)
            try await system.send(ids.map { .create(.sample($0, spots: 100)) })
            try await system.send(ids.flatMap { id in people.map { .accepted($0, id) } })
            try await system.waitUntil("all are notified") { system.notifications().count == ids.count * people.count }
            for id in ids { try await system.cancel(id) }
            try await system.quiesce()
            for person in people {
                let kinds = system.kinds(to: person)
                #expect(kinds.count { $0 == .confirmed } == 4 && kinds.count { $0 == .cancelled } == 4)
                #expect(kinds.count == 8)
            }
            for record in system.recorder.recorded where record.isNotification {
                let partition = Partition.of(ID.trusted(record.routingKey), count: 3).name
                #expect(record.properties.appID == "notifier.\(partition)")
            }
        }
    }

    @Test func `the service refuses to start on a file with another number of partitions`() async throws {
        try await TestSystem.run(services: [.notifier], invariants: false) { system in
            try await system.notifier.stop()
            try await system.notifier.start(["PARTITIONS": "2"])
            #expect(try await system.notifier.waitForExit() == 64)
            #expect(system.notifier.log.contains("was made with PARTITIONS=1, and PARTITIONS is 2 now"))
        }
    }

    @Test(arguments: [
        ("LANGUAGE", "de", "LANGUAGE must be one of"), ("REMINDERS", "1 day", "REMINDERS must be different"),
        ("REMINDERS", "P1D,P1D", "REMINDERS must be different"), ("REMINDERS", "PT0S", "REMINDERS must be different"),
        ("REMINDERS", "P1D,", "REMINDERS must be different"),
    ])
    func `a wrong setting gives one clear line and exit 64`(
        _ name: String, _ value: String, _ words: String
    ) async throws {
        try await TestSystem.run(services: []) { system in
            let answer = try await system.notifier.run("serve", settings: [name: value])
            #expect(answer.exitCode == 64)
            #expect(answer.stderr.hasPrefix("NotifierService: \(words)"), "\(answer.stderr)")
            #expect(answer.stderr.split(separator: "\n").count == 1)
        }
    }

    @Test func `if it is killed repeatedly, no notification is lost or sent twice`() async throws {
        try await TestSystem.run(services: Self.all) { system in
            try await system.create(456, spots: 300)
            for round in 0..<6 {
                let people = volunteers((round * 50)...(round * 50 + 49))
                try await system.send(people.map { .accepted($0, 456) })
                try await system.waitUntil("some are notified") { system.notifications().count >= round * 50 + 10 }
                await system.notifier.kill()
                try await system.notifier.start()
            }
            try await system.notifier.waitUntilReady()
            try await system.quiesce()
            for person in volunteers(0...299) { #expect(system.kinds(to: person) == [.confirmed]) }
        }
    }
}
