import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// A broker that dies, is away, or lacks a queue (contract sections 3, 4 and 9).
@Suite struct BrokerFailureTests {
    @Test func `the broker is killed and restarted in the middle, and all has its effect once`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let scenario = Scenario(application: 456)
            try await scenario.send(0..<10, to: system)
            try await system.killBroker()
            for service in [system.application, system.waitlist] {
                try await eventually("\(service.kind) is not ready") { await !service.isReady }
                #expect(try await service.get("healthz").status == 200)
            }
            try await system.broker.restart()
            try await scenario.send(10..<18, to: system)
            try await system.broker.stop()
            try await system.broker.restart()
            try await scenario.send(18..<scenario.commands.count, to: system)
            try await scenario.expectOutcome(on: system)
            for service in [system.application, system.waitlist] { try await service.waitUntilReady() }
            try await system.expectExactlyOnce()
        }
    }

    @Test func `services start without a broker, and are ready when it comes`() async throws {
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
            // One is ended meanwhile: that works without a broker too.
            #expect(try await system.waitlist.stop(within: ServiceProcess.shutdownTime) == 0)
            try await system.waitlist.start()
            try await system.broker.restart()
            for service in services { try await service.waitUntilReady() }
            let scenario = Scenario(application: "first-words", spots: 2, volunteers: 6)
            try await scenario.send(to: system)
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `what was decided goes out when the broker is back, also after SIGTERM in between`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let scenario = Scenario(application: "between", spots: 3, volunteers: 12)
            try await scenario.send(to: system)
            try await system.killBroker()
            #expect(try await system.application.stop(within: ServiceProcess.shutdownTime) == 0)
            #expect(try await system.waitlist.stop(within: ServiceProcess.shutdownTime) == 0)
            try await system.application.start()
            try await system.waitlist.start()
            try await system.broker.restart()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `the broker's alarm stops nobody for good`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let scenario = Scenario(application: "alarm", spots: 3, volunteers: 12)
            try await scenario.send(0..<8, to: system)
            // What publishes is blocked, and so is the world; the services stay.
            try await system.broker.setAlarm(true)
            async let rest: Void = scenario.send(8..<scenario.commands.count, to: system)
            for service in [system.application, system.waitlist] { #expect(await service.isReady) }
            try await system.broker.setAlarm(false)
            try await rest
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `a queue that is gone delays nobody else, and gets everything in order when it is back`() async throws {
        // The recorder's own queue would take what the missing one should: it does not listen to what goes to the
        // notifier.
        let keys = ["#.waitlist.p00", "#.application.p00", "create_volunteer_application", "volunteer_response"]
        try await TestSystem.run(watching: keys) { system in
            try await system.brokerClient.perform { try $0.deleteQueue("notifier.p00") }
            let scenario = Scenario(application: "unheard", spots: 4, volunteers: 30)
            try await scenario.send(to: system)
            try await system.waitUntil("the waiting list goes on, and makes its offers") {
                system.recorder.messages(.waitingListRecord, ours: true).count == 26
                    && system.recorder.messages(.notifyFreeSpot, ours: true).contains { message in
                        guard case .notifyFreeSpot(let offer) = message else { return false }
                        return offer.waitingVolunteers.count == 26
                    }
            }
            #expect(try await system.application.metrics().sum("waitlist_outbox_depth") > 0)
            #expect(await system.application.isReady)

            let notifier = Address(service: .notifier, partition: Partition(number: 0))
            let url = system.url
            let heard = try await system.brokerClient.perform { session in
                try session.declare(Topology.partitionQueue(notifier).declarations)
                let listener = try BlockingClient.connect(url: url, name: "notifier")
                defer { listener.close() }
                try listener.subscribe(to: "notifier.p00")
                // The create, 4 confirmed, 26 on the list, 2 declined, 26 told of the spot.
                var heard: [Delivery] = []
                while heard.count < 59, let delivery = try listener.next(within: testTimeout) {
                    try listener.ack(delivery.tag)
                    heard.append(delivery)
                }
                return heard
            }
            let numbers = heard.map { $0.properties.headers[HeaderName.seq]?.intValue }
            #expect(numbers == (1...59).map { Int64($0) })
            #expect(Set(heard.map(\.properties.messageID)).count == 59)
            try await system.waitUntil("its outbox is empty") {
                try await system.application.metrics().sum("waitlist_outbox_depth") == 0
            }
        }
    }
}
