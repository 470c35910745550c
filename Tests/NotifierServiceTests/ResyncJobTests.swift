import Contracts
import Ledger
import TestSupport
import Testing

/// Whom ApplicationService does not name in its state leaves, step by step (contract section 6).
@Suite struct ResyncJobTests {
    private let park = GivenApplication()
    /// More than two steps.
    private let users = (0..<600).map { "u\(1000 + $0)" }

    /// The users are confirmed in epoch 1.
    private func confirmUsers(_ notifier: NotifierFixture) async throws {
        try await notifier.receive([park.create] + users.map { park.told($0, .confirmed) }, epoch: 1)
        // The job that plans reminders in a new file.
        try await notifier.settle()
    }

    /// How often each user was told that the response is lost.
    private func lost(_ notifier: NotifierFixture) throws -> [String: Int] {
        try notifier.told().reduce(into: [:]) { lost, line in
            if line.hasSuffix(": refused") { lost[String(line.dropLast(": refused".count)), default: 0] += 1 }
        }
    }

    private func jobs(_ notifier: NotifierFixture) throws -> Int {
        try notifier.count("SELECT count(*) FROM work WHERE kind LIKE 'unknown%'")
    }

    @Test func `it goes on after a restart, and each is told once`() async throws {
        let world = try NotifierFixture.World()
        try await world.run { notifier in
            try await confirmUsers(notifier)
            try await notifier.receive([.complete(restored: true)], epoch: 2)
            #expect(try (1..<users.count).contains(lost(notifier).count), "the broker has confirmed nothing yet")
            #expect(try jobs(notifier) == 1)
            // Other messages do not wait for it.
            try await notifier.receive([GivenApplication(id: "b").create], epoch: 2)
            #expect(try notifier.count("SELECT count(*) FROM application WHERE key = 'b'") == 1)
        }
        try await world.run { notifier in
            try await notifier.settle()
            #expect(try lost(notifier) == Dictionary(uniqueKeysWithValues: users.map { ($0, 1) }))
            #expect(try notifier.reminders() == [])
            #expect(try notifier.count("SELECT count(*) FROM application WHERE key = 'a'") == 0)
            #expect(try notifier.count("SELECT count(*) FROM application WHERE key = 'b'") == 1)
        }
    }

    @Test func `a second resync ends the job of the first, and drops what neither names`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await confirmUsers(notifier)
            try await notifier.receive([park.state(restored: true), .complete(restored: true)], epoch: 2)
            let first = try lost(notifier)
            #expect((1..<users.count).contains(first.count))
            let rest = users.filter { first[$0] == nil }
            let named = Array(rest.suffix(50))
            try await notifier.receive([park.state(named.map { .confirmed($0) }, restored: false)], epoch: 3)
            #expect(try jobs(notifier) == 0, "what the second names is not dropped yet")
            #expect(try lost(notifier) == first)
            try await notifier.receive([park.told("late", .confirmed), .complete(restored: false)], epoch: 3)
            try await notifier.settle()
            let expected = Dictionary(uniqueKeysWithValues: users.dropLast(50).map { ($0, 1) })
            #expect(try lost(notifier) == expected, "those whom the restored file did not know are told")
            #expect(try notifier.standings() == ["late confirmed"] + named.map { "\($0) confirmed" })
        }
    }

    @Test func `those who are lost only in a later resync leave in silence if that is not of a restored file`()
        async throws
    {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [park.create, park.told("v1", .confirmed), park.told("v2", .confirmed)], epoch: 1)
            try await notifier.receive(
                [park.state([.confirmed("v1")], restored: true), .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            try await notifier.receive([park.state(restored: false), .complete(restored: false)], epoch: 3)
            try await notifier.settle()
            #expect(try lost(notifier) == ["v2": 1])
            #expect(try notifier.standings() == [])
        }
    }

    @Test(arguments: [true, false])
    func `parts that come at once are applied in steps, before anyone is dropped`(_ isKnown: Bool) async throws {
        try await NotifierFixture.World().run { notifier in
            if isKnown { try await notifier.receive([park.create, park.told("old", .confirmed)], epoch: 1) }
            let parts = [users.prefix(250), users[250..<500], users.dropFirst(500)]
            let states = parts.enumerated().map { index, part in
                park.state(
                    part.map { .confirmed($0) }, isFirst: index == 0, hasMore: index < 2, restored: true)
            }
            let other = GivenApplication(id: "b")
            try await notifier.receive(
                states + [
                    park.told("behind", .confirmed), park.left(users[599]),
                    other.state([.waiting("v1")], restored: true),
                    .complete(restored: true),
                ], epoch: 2)
            try await notifier.settle()
            #expect(try notifier.standings() == ["behind confirmed"] + users.dropLast().map { "\($0) confirmed" })
            #expect(try notifier.standings(of: "b") == ["v1 waiting"])
            #expect(try lost(notifier) == (isKnown ? ["old": 1] : [:]))
            #expect(try notifier.told().count == (isKnown ? 3 : 1))
            #expect(try notifier.count("SELECT count(*) FROM early") == 0)
            #expect(try notifier.count("SELECT count(*) FROM application WHERE has_early") == 0)
        }
    }

    @Test func `another partition's applications are not concerned`() async throws {
        try await NotifierFixture.World(partitions: 2).run { notifier in
            let ids = (0..<20).map { "app\($0)" }
            func applications(_ partition: Int) -> [GivenApplication] {
                ids.filter { Partition.of(.trusted($0), count: 2).number == partition }.map { GivenApplication(id: $0) }
            }
            for partition in 0...1 {
                try await notifier.receive(
                    applications(partition).flatMap { [$0.create, $0.told("v\(partition)", .confirmed)] }, epoch: 5,
                    from: partition)
            }
            try await notifier.receive([.complete(restored: true)], epoch: 6, from: 1)
            try await notifier.settle()
            #expect(try lost(notifier) == ["v1": applications(1).count])
            for application in applications(0) {
                #expect(try notifier.standings(of: application.id) == ["v0 confirmed"])
            }
            #expect(
                try notifier.count("SELECT count(*) FROM application WHERE key LIKE 'app%'") == applications(0).count)
        }
    }

    @Test func `who may be named in a blocked part is decided on when it has been applied`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive([park.create, park.told("v1", .confirmed), park.told("v2", .waiting)], epoch: 1)
            func setDate(_ date: String) async throws {
                try await notifier.writer.perform {
                    _ = try $0.execute("UPDATE application SET date = ? WHERE key = 'a'", date)
                }
            }
            let date = try notifier.file.pointRead { try $0.row("SELECT date FROM application") { $0.text(0) } }
            try await setDate("unreadable")
            try await notifier.receive([park.state([.confirmed("v1")], restored: true)], epoch: 2)
            try await setDate(try #require(date))
            try await notifier.receive([.complete(restored: true)], epoch: 2)
            try await notifier.settle()
            #expect(try notifier.standings() == ["v1 confirmed", "v2 waiting"])
            try await notifier.pass(.seconds(2))
            #expect(try notifier.standings() == ["v1 confirmed", "v2 waiting"], "nothing is blocked any more")
            try await notifier.pass(.seconds(300))
            #expect(try notifier.standings() == ["v1 confirmed"])
            #expect(try lost(notifier) == ["v2": 1])
        }
    }

    @Test func `if the end of the state is discarded, no one is dropped, and reminders go on`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive([park.create, park.told("v1", .confirmed)], epoch: 1)
            try await notifier.receive([park.state(restored: true)], epoch: 2)
            let handler = try NotifierFixture.handler()
            let position = StreamPosition(
                stream: StreamName(
                    producer: Address(service: .application, partition: Partition(number: 0)),
                    consumer: NotifierFixture.address), epoch: 2, seq: 2)
            let delivery = StoredDelivery(
                queue: "", exchange: "", routingKey: "", body: Message.complete(restored: true).encoded())
            try await notifier.writer.perform {
                try handler.discarded(.streamed(delivery, at: position), in: $0)
            }
            #expect(try notifier.file.resyncingStreams() == [])
            try await notifier.settle()
            #expect(try notifier.standings() == ["v1 confirmed"])
        }
    }
}
