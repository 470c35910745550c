import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// NotifierService alone, told things in an order that ApplicationService never uses (contract section 6).
@Suite struct BufferedMessageTests {
    private let id: ID = 456
    private var create: Message { .create(.sample(id, spots: 5, name: "Парк")) }

    /// Plays the messages to NotifierService alone, with a restart after `cut` of them.
    private func play(
        _ messages: [Message], restartAfter cut: Int? = nil, expecting count: Int,
        _ judge: (TestSystem) async throws -> Void
    ) async throws {
        // The messages come from a test, so they are not what the invariants expect of ApplicationService.
        try await TestSystem.run(services: [.notifier], invariants: false) { system in
            var stream = ScriptedStream()
            let outgoing = messages.map { stream.next($0) }
            let first = outgoing.prefix(cut ?? outgoing.count)
            try await system.brokerClient.publish(Array(first))
            if cut != nil {
                try await system.waitUntil("what came is in the file") {
                    try await self.last(system) == Int64(first.count)
                }
                await system.notifier.kill()
                try await system.brokerClient.publish(Array(outgoing.dropFirst(first.count)))
                try await system.notifier.start()
                try await system.notifier.waitUntilReady()
            }
            try await system.waitUntil("all is read") { try await self.last(system) == Int64(outgoing.count) }
            try await system.waitUntil("\(count) notifications") { system.notifications().count >= count }
            #expect(system.notifications().count == count)
            try await judge(system)
        }
    }

    /// The number of the last message that was applied.
    private func last(_ system: TestSystem) async throws -> Int64 {
        let line = try await system.notifier.run("streams").lines.first { $0.contains("\tin\t") }
        let fields = line?.split(separator: "\t") ?? []
        return fields.count > 3 ? Int64(fields[3]) ?? 0 : 0
    }

    @Test(arguments: [nil, 2, 4])
    func `a spot_status before its create waits, also across a restart`(_ cut: Int?) async throws {
        let messages: [Message] = [
            .status(.confirmed, 1, id), .status(.waiting, 2, id, position: 1), .status(.available, 2, id),
            .status(.notChosen, 2, id), create, .status(.confirmed, 3, id),
        ]
        try await play(messages, restartAfter: cut, expecting: 5) { system in
            #expect(system.kinds(to: 1) == [.confirmed])
            #expect(system.kinds(to: 2) == [.waiting, .spotAvailable, .notChosen])
            #expect(system.kinds(to: 3) == [.confirmed])
            #expect(system.notifications().allSatisfy { $0.message.contains("«Парк»") })
        }
    }

    @Test func `an update before its create is told as what is, to those it concerns`() async throws {
        let update = UpdateVolunteerApplication(applicationID: id, name: "Лес")
        try await play(
            [.status(.confirmed, 1, id), .update(update), .status(.confirmed, 2, id), create], expecting: 3
        ) { system in
            #expect(system.kinds(to: 1) == [.confirmed, .changed])
            #expect(system.kinds(to: 2) == [.confirmed])
            #expect(system.notifications(to: 2).first?.message.contains("«Лес»") == true)
        }
    }

    @Test func `of what is cancelled by the time it is known, only that is told`() async throws {
        let cancel = Message.cancel(CancelVolunteerApplication(applicationID: id, reason: nil))
        try await play(
            [
                .status(.confirmed, 1, id), .status(.waiting, 2, id, position: 1), cancel, .status(.cancelled, 1, id),
                .status(.confirmed, 3, id), create, .status(.cancelled, 2, id), .status(.confirmed, 4, id),
            ], expecting: 2
        ) { system in
            #expect(system.kinds(to: 1) == [.cancelled])
            #expect(system.kinds(to: 2) == [.cancelled])
        }
    }

    @Test func `more than one step of early messages is told in order`() async throws {
        let early = (0..<1300).map { Message.status(.waiting, ID($0 % 130), id, position: $0 / 130 + 1) }
        try await play(early + [create, .status(.confirmed, 5, id)], expecting: 1301) { system in
            for user in 0..<130 {
                let words = system.notifications(to: ID(user)).filter { $0.kind == .waiting }.map(\.message)
                let places = words.compactMap { $0.firstMatch(of: /на (\d+)-м/).flatMap { Int($0.1) } }
                #expect(places == Array(1...10), "\(user)")
            }
            #expect(system.kinds(to: 5).last == .confirmed)
        }
    }

    @Test func `a create told again changes nothing, and what is not for it is refused`() async throws {
        let round = NotifyFreeSpot(
            applicationID: id, availableSpots: 1, waitingVolunteers: [], release: 1, expiresAt: nil, seen: nil,
            more: nil)
        try await play(
            [create, .status(.confirmed, 1, id), create, .notifyFreeSpot(round)], expecting: 1
        ) { system in
            let refused = try await system.notifier.run("refused", "list").lines
            #expect(refused.count == 1 && refused.first?.contains("not_for_the_notifier") == true)
            #expect(try await system.notifier.run("blocked", "list").lines == [])
        }
    }
}
