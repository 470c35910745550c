import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// A broker that crashes, is down, or lacks a queue (contract sections 3, 4 and 9).
@Suite struct BrokerFailureTests {
    @Test func `if the broker is killed and restarted, everything takes effect once`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let scenario = Scenario(application: 456)
            try await scenario.send(0..<10, to: system)
            try await system.killBroker()
            for service in [system.application, system.waitlist] {
                try await eventually("\(service.kind) is not ready") { await !service.isReady }
                #expect(try await service.get("healthz").status == 200)
            }
            try await system.restartBroker()
            try await scenario.send(10..<18, to: system)
            try await system.broker.stop()
            try await system.restartBroker()
            try await scenario.send(18..<scenario.commands.count, to: system)
            try await scenario.expectOutcome(on: system)
            for service in [system.application, system.waitlist] { try await service.waitUntilReady() }
            try await system.expectExactlyOnce()
        }
    }

    @Test func `services start without a broker, and become ready when it starts`() async throws {
        try await TestSystem.run(services: [], ownBroker: true) { system in
            try await system.broker.stop()
            let services = [system.application, system.waitlist]
            for service in services {
                try await service.start()
                try await eventually("\(service.kind) answers") {
                    (try? await service.get("healthz"))?.status == 200
                }
                #expect(try await service.get("readyz").status == 503)
            }
            // A service can also be stopped without a broker.
            #expect(try await system.waitlist.stop(within: ServiceProcess.shutdownTime) == 0)
            try await system.waitlist.start()
            try await system.restartBroker()
            for service in services { try await service.waitUntilReady() }
            let scenario = Scenario(application: "first", spots: 2, volunteers: 6)
            try await scenario.send(to: system)
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `committed messages are published when the broker is back, even after SIGTERM`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let scenario = Scenario(application: "between", spots: 3, volunteers: 12)
            try await scenario.send(to: system)
            try await system.killBroker()
            #expect(try await system.application.stop(within: ServiceProcess.shutdownTime) == 0)
            #expect(try await system.waitlist.stop(within: ServiceProcess.shutdownTime) == 0)
            try await system.application.start()
            try await system.waitlist.start()
            try await system.restartBroker()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `the services continue after an alarm of the broker`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let scenario = Scenario(application: "alarm", spots: 3, volunteers: 12)
            try await scenario.send(0..<8, to: system)
            // Publishing connections are blocked, the test's too; the services stay ready.
            try await system.broker.setAlarm(true)
            async let rest: Void = scenario.send(8..<scenario.commands.count, to: system)
            for service in [system.application, system.waitlist] { #expect(await service.isReady) }
            try await system.broker.setAlarm(false)
            try await rest
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `a missing queue delays no other stream, and gets everything in order when it is back`() async throws {
        // If the recorder were bound to messages for the notifier, they would not be returned as unroutable.
        let keys = ["#.waitlist.p00", "#.application.p00", "create_volunteer_application", "volunteer_response"]
        try await TestSystem.run(watching: keys) { system in
            try await system.brokerClient.perform { try $0.deleteQueue("notifier.p00") }
            let scenario = Scenario(application: "no-notifier", spots: 4, volunteers: 30)
            try await scenario.send(to: system)
            try await system.waitUntil("WaitlistService continues and makes its offers") {
                system.recorder.messages(.waitingListRecord, ours: true).count == 26
                    && system.recorder.messages(.notifyFreeSpot, ours: true).contains { message in
                        guard case .notifyFreeSpot(let offer) = message else { return false }
                        return offer.waitingVolunteers.count == 26
                    }
            }
            #expect(await system.application.isReady)

            let notifier = Address(service: .notifier, partition: Partition(number: 0))
            let url = system.url
            let received = try await system.brokerClient.perform { session in
                try session.declare(Topology.partitionQueue(notifier).declarations)
                let consumer = try BlockingClient.connect(url: url, name: "notifier")
                defer { consumer.close() }
                try consumer.subscribe(to: "notifier.p00")
                // The create, 4 × confirmed, 26 × waiting, 2 × declined, 26 × available.
                var received: [Delivery] = []
                while received.count < 59, let delivery = try consumer.next(within: testTimeout) {
                    try consumer.ack(delivery.tag)
                    // The head of the stream comes first, and again every 30 s.
                    if delivery.properties.type != Action.streamHead.rawValue { received.append(delivery) }
                }
                return received
            }
            let numbers = received.map { $0.properties.headers[HeaderName.seq]?.intValue }
            #expect(numbers == (1...59).map { Int64($0) })
            #expect(Set(received.map(\.properties.messageID)).count == 59)
            try await system.waitUntil("its outbox is empty") {
                try await system.application.metrics().sum("waitlist_outbox_depth") == 0
            }
        }
    }

    @Test func `a service that starts later gets what was returned before its queue existed`() async throws {
        // The recorder is not bound to messages for the notifier, so that they are returned.
        try await TestSystem.run(services: [.application], watching: ["create_volunteer_application"]) { system in
            try await system.brokerClient.perform { try $0.deleteQueue("notifier.p00") }
            try await system.create("returned", spots: 1)
            try await system.accept(1, "returned")
            try await system.waitUntil("the publishing connection was opened again") {
                try await system.application.metrics().sum("waitlist_publisher_reopened_total") >= 1
            }
            #expect(system.application.log.contains("application.p00>notifier.p00 was nacked or returned for"))
            try await system.application.waitUntilReady()
            try await system.notifier.start()
            try await system.waitUntil("everything is confirmed, and the volunteer is notified") {
                let depth = try await system.application.metrics().sum("waitlist_outbox_depth")
                let counters = try await system.counters(system.notifier)
                return depth == 0 && counters["notified"] == 1
            }
        }
    }

    @Test func `a queue that vanishes is declared again by its service`() async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            try await system.create("again", spots: 1)
            try await system.quiesce()
            try await system.brokerClient.perform { try $0.deleteQueue("notifier.p00") }
            try await system.accept(1, "again")
            try await system.waitUntil("the volunteer is notified") { system.kinds(to: 1) == [.confirmed] }
        }
    }
}
