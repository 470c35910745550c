import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// A broker that dies, is away, or lacks a queue (contract sections 3, 4 and 9).
@Suite struct FailureBrokerTests {
    @Test func `the broker is killed and restarted in the middle, and all has its effect once`() async throws {
        try await Stage.run(ownBroker: true) { stage in
            let crowd = Crowd(application: 456)
            try await crowd.send(0..<10, to: stage)
            try await stage.killBroker()
            for service in [stage.application, stage.waitlist] {
                try await eventually("\(service.kind) is not ready") { await !service.isReady }
                #expect(try await service.get("healthz").status == 200)
            }
            try await stage.broker.restart()
            try await crowd.send(10..<18, to: stage)
            try await stage.broker.stop()
            try await stage.broker.restart()
            try await crowd.send(18..<crowd.commands.count, to: stage)
            try await crowd.expectTold(on: stage)
            for service in [stage.application, stage.waitlist] { try await service.waitUntilReady() }
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `services start without a broker, and are ready when it comes`() async throws {
        try await Stage.run(services: [], ownBroker: true) { stage in
            try await stage.broker.stop()
            let services = [stage.application, stage.waitlist]
            for service in services {
                try await service.start()
                try await eventually("\(service.kind) answers") {
                    (try? await service.get("healthz"))?.status == 200
                }
                #expect(try await service.get("readyz").status == 503)
            }
            // One is ended meanwhile: that works without a broker too.
            #expect(try await stage.waitlist.stop(within: ServiceProcess.timeToEnd) == 0)
            try await stage.waitlist.start()
            try await stage.broker.restart()
            for service in services { try await service.waitUntilReady() }
            let crowd = Crowd(application: "first-words", spots: 2, volunteers: 6)
            try await crowd.send(to: stage)
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `what was decided goes out when the broker is back, also after SIGTERM in between`() async throws {
        try await Stage.run(ownBroker: true) { stage in
            let crowd = Crowd(application: "between", spots: 3, volunteers: 12)
            try await crowd.send(to: stage)
            try await stage.killBroker()
            #expect(try await stage.application.stop(within: ServiceProcess.timeToEnd) == 0)
            #expect(try await stage.waitlist.stop(within: ServiceProcess.timeToEnd) == 0)
            try await stage.application.start()
            try await stage.waitlist.start()
            try await stage.broker.restart()
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `the broker's alarm stops nobody for good`() async throws {
        try await Stage.run(ownBroker: true) { stage in
            let crowd = Crowd(application: "alarm", spots: 3, volunteers: 12)
            try await crowd.send(0..<8, to: stage)
            // What publishes is blocked, and so is the world; the services stay.
            try await stage.broker.setAlarm(true)
            async let rest: Void = crowd.send(8..<crowd.commands.count, to: stage)
            for service in [stage.application, stage.waitlist] { #expect(await service.isReady) }
            try await stage.broker.setAlarm(false)
            try await rest
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `a queue that is gone delays nobody else, and gets everything in order when it is back`() async throws {
        // The recorder's own queue would take what the missing one should: it does not listen to what goes to the
        // notifier.
        let keys = ["#.waitlist.p00", "#.application.p00", "create_volunteer_application", "volunteer_response"]
        try await Stage.run(watching: keys) { stage in
            try await stage.outside.on { try $0.deleteQueue("notifier.p00") }
            let crowd = Crowd(application: "unheard", spots: 4, volunteers: 30)
            try await crowd.send(to: stage)
            try await stage.expect("the waiting list goes on, and makes its offers") {
                stage.watch.messages(.waitingListRecord, ours: true).count == 26
                    && stage.watch.messages(.notifyFreeSpot, ours: true).contains { message in
                        guard case .notifyFreeSpot(let offer) = message else { return false }
                        return offer.waitingVolunteers.count == 26
                    }
            }
            #expect(try await stage.application.metrics().sum("waitlist_outbox_depth") > 0)
            #expect(await stage.application.isReady)

            let notifier = Address(service: .notifier, partition: Partition(number: 0))
            let url = stage.url
            let heard = try await stage.outside.on { session in
                try session.declare(Topology.partitionQueue(notifier).declarations)
                let listener = try BlockingClient.connect(url: url, name: "notifier")
                defer { listener.close() }
                try listener.subscribe(to: "notifier.p00")
                // The create, 4 confirmed, 26 on the list, 2 declined, 26 told of the spot.
                var heard: [Delivery] = []
                while heard.count < 59, let delivery = try listener.next(within: patience) {
                    try listener.ack(delivery.tag)
                    heard.append(delivery)
                }
                return heard
            }
            let numbers = heard.map { $0.properties.headers[HeaderName.seq]?.intValue }
            #expect(numbers == (1...59).map { Int64($0) })
            #expect(Set(heard.map(\.properties.messageID)).count == 59)
            try await stage.expect("its outbox is empty") {
                try await stage.application.metrics().sum("waitlist_outbox_depth") == 0
            }
        }
    }
}
