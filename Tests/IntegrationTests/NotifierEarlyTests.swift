import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// NotifierService alone, told things in an order that ApplicationService never uses (contract section 6).
@Suite struct NotifierEarlyTests {
    private let id: ID = 456
    private var create: Message { .create(.sample(id, spots: 5, name: "Парк")) }

    /// Plays the messages to NotifierService alone, with a restart after `cut` of them.
    private func play(
        _ messages: [Message], restartAfter cut: Int? = nil, expecting count: Int,
        _ judge: (Stage) async throws -> Void
    ) async throws {
        // The messages come from a test, so they are not what the invariants expect of ApplicationService.
        try await Stage.run(services: [.notifier], invariants: false) { stage in
            var gate = ScriptedGate()
            let outgoing = messages.map { gate.next($0) }
            let first = outgoing.prefix(cut ?? outgoing.count)
            try await stage.outside.publish(Array(first))
            if cut != nil {
                try await stage.expect("what came is in the file") { try await self.last(stage) == Int64(first.count) }
                await stage.notifier.kill()
                try await stage.outside.publish(Array(outgoing.dropFirst(first.count)))
                try await stage.notifier.start()
                try await stage.notifier.waitUntilReady()
            }
            try await stage.expect("all is read") { try await self.last(stage) == Int64(outgoing.count) }
            try await stage.expect("\(count) notifications") { stage.letters().count >= count }
            #expect(stage.letters().count == count)
            try await judge(stage)
        }
    }

    /// The number of the last message that was applied.
    private func last(_ stage: Stage) async throws -> Int64 {
        let line = try await stage.notifier.run("streams").lines.first { $0.contains("\tin\t") }
        let fields = line?.split(separator: "\t") ?? []
        return fields.count > 3 ? Int64(fields[3]) ?? 0 : 0
    }

    @Test(arguments: [nil, 2, 4])
    func `a spot_status before its create waits, also across a restart`(_ cut: Int?) async throws {
        let messages: [Message] = [
            .status(.confirmed, 1, id), .status(.waiting, 2, id, position: 1), .status(.available, 2, id),
            .status(.notChosen, 2, id), create, .status(.confirmed, 3, id),
        ]
        try await play(messages, restartAfter: cut, expecting: 5) { stage in
            #expect(stage.kinds(to: 1) == [.confirmed])
            #expect(stage.kinds(to: 2) == [.waiting, .spotAvailable, .notChosen])
            #expect(stage.kinds(to: 3) == [.confirmed])
            #expect(stage.letters().allSatisfy { $0.message.contains("«Парк»") })
        }
    }

    @Test func `an update before its create is told as what is, to those it concerns`() async throws {
        let update = UpdateVolunteerApplication(applicationID: id, name: "Лес")
        try await play(
            [.status(.confirmed, 1, id), .update(update), .status(.confirmed, 2, id), create], expecting: 3
        ) { stage in
            #expect(stage.kinds(to: 1) == [.confirmed, .changed])
            #expect(stage.kinds(to: 2) == [.confirmed])
            #expect(stage.letters(to: 2).first?.message.contains("«Лес»") == true)
        }
    }

    @Test func `of what is cancelled by the time it is known, only that is told`() async throws {
        let cancel = Message.cancel(CancelVolunteerApplication(applicationID: id, reason: nil))
        try await play(
            [
                .status(.confirmed, 1, id), .status(.waiting, 2, id, position: 1), cancel, .status(.cancelled, 1, id),
                .status(.confirmed, 3, id), create, .status(.cancelled, 2, id), .status(.confirmed, 4, id),
            ], expecting: 2
        ) { stage in
            #expect(stage.kinds(to: 1) == [.cancelled])
            #expect(stage.kinds(to: 2) == [.cancelled])
        }
    }

    @Test func `more than one step of early messages is told in order`() async throws {
        let early = (0..<1300).map { Message.status(.waiting, ID($0 % 130), id, position: $0 / 130 + 1) }
        try await play(early + [create, .status(.confirmed, 5, id)], expecting: 1301) { stage in
            for user in 0..<130 {
                let words = stage.letters(to: ID(user)).filter { $0.kind == .waiting }.map(\.message)
                let places = words.compactMap { $0.firstMatch(of: /на (\d+)-м/).flatMap { Int($0.1) } }
                #expect(places == Array(1...10), "\(user)")
            }
            #expect(stage.kinds(to: 5).last == .confirmed)
        }
    }

    @Test func `a create told again changes nothing, and what is not for it is refused`() async throws {
        let round = NotifyFreeSpot(
            applicationID: id, availableSpots: 1, waitingVolunteers: [], release: 1, expiresAt: nil, seen: nil,
            more: nil)
        try await play(
            [create, .status(.confirmed, 1, id), create, .notifyFreeSpot(round)], expecting: 1
        ) { stage in
            let refused = try await stage.notifier.run("refused", "list").lines
            #expect(refused.count == 1 && refused.first?.contains("not_for_the_notifier") == true)
            #expect(try await stage.notifier.run("blocked", "list").lines == [])
        }
    }
}
