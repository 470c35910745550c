import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// NotifierService alone, with messages in an order that ApplicationService does not produce (contract section 6).
@Suite struct BufferedMessageTests {
    private let id: ID = 456
    private var create: Message { .create(.sample(id, spots: 5, name: "Парк")) }

    /// Sends the messages to NotifierService, with a restart after the first `cut`, and waits for `count`
    /// notifications.
    private func run(
        _ messages: [Message], restartAfter cut: Int? = nil, expecting count: Int,
        _ check: (TestSystem) async throws -> Void
    ) async throws {
        // The scripted stream does not fulfil the invariants of ApplicationService.
        try await TestSystem.run(services: [.notifier], invariants: false) { system in
            var stream = ScriptedStream()
            let outgoing = messages.map { stream.next($0) }
            let first = outgoing.prefix(cut ?? outgoing.count)
            try await system.brokerClient.publish(Array(first))
            if cut != nil {
                try await system.waitUntil("the first messages are in the file") {
                    try await self.last(system) == Int64(first.count)
                }
                await system.notifier.kill()
                try await system.brokerClient.publish(Array(outgoing.dropFirst(first.count)))
                try await system.notifier.start()
                try await system.notifier.waitUntilReady()
            }
            try await system.waitUntil("all are applied") { try await self.last(system) == Int64(outgoing.count) }
            try await system.waitUntil("\(count) notifications") { system.notifications().count >= count }
            #expect(system.notifications().count == count)
            try await check(system)
        }
    }

    /// The `seq` of the last applied message.
    private func last(_ system: TestSystem) async throws -> Int64 {
        let line = try await system.notifier.run("streams").lines.first { $0.contains("\tin\t") }
        let fields = line?.split(separator: "\t") ?? []
        return fields.count > 3 ? Int64(fields[3]) ?? 0 : 0
    }

    @Test(arguments: [nil, 2, 4])
    func `a spot_status before its create waits, even across a restart`(_ cut: Int?) async throws {
        let messages: [Message] = [
            .status(.confirmed, 1, id), .status(.waiting, 2, id, position: 1), .status(.available, 2, id),
            .status(.notChosen, 2, id), create, .status(.confirmed, 3, id),
        ]
        try await run(messages, restartAfter: cut, expecting: 5) { system in
            #expect(system.kinds(to: 1) == [.confirmed])
            #expect(system.kinds(to: 2) == [.waiting, .spotAvailable, .notChosen])
            #expect(system.kinds(to: 3) == [.confirmed])
            #expect(system.notifications().allSatisfy { $0.message.contains("«Парк»") })
        }
    }

    @Test func `an update before its create is announced only to users notified before it`() async throws {
        let update = UpdateVolunteerApplication(applicationID: id, name: "Лес")
        try await run(
            [.status(.confirmed, 1, id), .update(update), .status(.confirmed, 2, id), create], expecting: 3
        ) { system in
            #expect(system.kinds(to: 1) == [.confirmed, .changed])
            #expect(system.kinds(to: 2) == [.confirmed])
            #expect(system.notifications(to: 2).first?.message.contains("«Лес»") == true)
        }
    }

    @Test func `if an application is cancelled before its create arrives, only the cancellation is announced`()
        async throws
    {
        let cancel = Message.cancel(CancelVolunteerApplication(applicationID: id, reason: nil))
        try await run(
            [
                .status(.confirmed, 1, id), .status(.waiting, 2, id, position: 1), cancel, .status(.cancelled, 1, id),
                .status(.confirmed, 3, id), create, .status(.cancelled, 2, id), .status(.confirmed, 4, id),
            ], expecting: 2
        ) { system in
            #expect(system.kinds(to: 1) == [.cancelled])
            #expect(system.kinds(to: 2) == [.cancelled])
        }
    }

    @Test func `buffered messages of more than one job step are announced in order`() async throws {
        let early = (0..<1300).map { Message.status(.waiting, ID($0 % 130), id, position: $0 / 130 + 1) }
        try await run(early + [create, .status(.confirmed, 5, id)], expecting: 1301) { system in
            for user in 0..<130 {
                let messages = system.notifications(to: ID(user)).filter { $0.kind == .waiting }.map(\.message)
                let positions = messages.compactMap { $0.firstMatch(of: /на (\d+)-м/).flatMap { Int($0.1) } }
                #expect(positions == Array(1...10), "\(user)")
            }
            #expect(system.kinds(to: 5).last == .confirmed)
        }
    }

    @Test func `a repeated create changes nothing, and a message for another service is refused`() async throws {
        let round = NotifyFreeSpot(
            applicationID: id, availableSpots: 1, waitingVolunteers: [], release: 1, expiresAt: nil, seen: nil,
            more: nil)
        try await run(
            [create, .status(.confirmed, 1, id), create, .notifyFreeSpot(round)], expecting: 1
        ) { system in
            let refused = try await system.notifier.run("refused", "list").lines
            #expect(refused.count == 1 && refused.first?.contains("not_for_the_notifier") == true)
            #expect(try await system.notifier.run("blocked", "list").lines == [])
        }
    }
}
