import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

/// Which partitions of NotifierService know an application, when files are lost or replaced by older copies (contract
/// sections 3 and 4).
@Suite struct KnownApplicationTests {
    private static let applications = (0..<99).map { ID.trusted("a\($0)") }
        .filter { Partition.of($0, count: Network.partitions).number == 0 }
    private static let first = applications[0]
    private static let second = applications[1]

    /// Volunteers of one partition of NotifierService.
    private static func volunteer(_ number: Int, in partition: Int) -> ID {
        (0..<99).map { ID.trusted("v\(number)-\($0)") }
            .filter { Partition.of($0, count: Network.partitions).number == partition }[0]
    }

    private func send(_ messages: [Message], _ network: Network) async throws {
        for message in messages { network.send(message) }
        let isSettled = try await network.settle()
        try #require(isSettled)
        #expect(try StateChecker.violations(network) == [])
    }

    private func accept(_ volunteer: ID, _ application: ID = first) -> Message {
        .response(VolunteerResponse(volunteerID: volunteer, applicationID: application, status: .accepted))
    }

    /// The applications in the files of NotifierService's partitions.
    private func known(_ network: Network) throws -> [Set<String>] {
        try network.notifiers.map { node in
            try #require(node.life).file.pool.read { db in
                Set(try String.fetchAll(db, sql: "SELECT key FROM application WHERE key NOT LIKE '*%'"))
            }
        }
    }

    private func told(_ volunteer: ID, _ network: Network) -> [NotificationKind] {
        network.pushes.filter { $0.user == volunteer.string }.map(\.kind)
    }

    /// ApplicationService forgets that it has sent the application to a partition, which gets its create once more.
    @Test func `a second create announces nothing, and changes go on being told`() async throws {
        try await Network.run { network in
            let (lost, other, later) = (
                Self.volunteer(1, in: 1), Self.volunteer(2, in: 0), Self.volunteer(3, in: 1)
            )
            try await send([.create(Self.first, spots: 4), accept(other)], network)
            #expect(try known(network) == [[Self.first.string], []])
            await network.stop(network.application)
            let copy = try network.application.copy()
            try network.start(network.application)
            try await send([accept(lost)], network)
            #expect(told(lost, network) == [.confirmed])

            await network.stop(network.application)
            network.application.folder = copy
            try network.start(network.application)
            // It comes before the state does.
            try await send([accept(later)], network)
            #expect(told(lost, network) == [.confirmed, .refused], "the place is lost, and the user is told so once")
            #expect(told(later, network) == [.confirmed])
            try await send(
                [.update(UpdateVolunteerApplication(applicationID: Self.first, name: "Forest"))], network)
            #expect(told(later, network) == [.confirmed, .changed])
            #expect(told(other, network) == [.confirmed, .changed])
            #expect(told(lost, network) == [.confirmed, .refused])
        }
    }

    @Test func `a partition that lost its file is sent again what it knew, and no more`() async throws {
        try await Network.run { network in
            let (member, later) = (Self.volunteer(1, in: 1), Self.volunteer(2, in: 1))
            let elsewhere = Self.volunteer(3, in: 0)
            try await send(
                [
                    .create(Self.first, spots: 4), .create(Self.second, spots: 4), accept(member),
                    accept(elsewhere, Self.second),
                ], network)
            #expect(try known(network) == [[Self.second.string], [Self.first.string]])
            let node = network.nodes[3]
            await network.stop(node)
            node.folder = try TemporaryFolder("empty")
            try network.start(node)
            network.send(.update(UpdateVolunteerApplication(applicationID: Self.first, name: "Forest")))
            try await send([accept(later, Self.second)], network)
            #expect(try known(network) == [[Self.second.string], [Self.first.string, Self.second.string]])
            #expect(told(member, network) == [.confirmed, .changed])
            #expect(told(later, network) == [.confirmed])
        }
    }

    @Test func `where ApplicationService's file is new, its applications are sent again`() async throws {
        try await Network.run { network in
            let (before, after) = (Self.volunteer(1, in: 1), Self.volunteer(2, in: 1))
            try await send([.create(Self.first, spots: 4), accept(before)], network)
            await network.stop(network.application)
            network.application.folder = try TemporaryFolder("empty")
            try network.start(network.application)
            try await send([], network)
            #expect(told(before, network) == [.confirmed, .refused])
            try await send([.create(Self.first, spots: 4)], network)
            #expect(try known(network) == [[], []])
            try await send([accept(after)], network)
            #expect(try known(network) == [[], [Self.first.string]])
            #expect(told(after, network) == [.confirmed])
        }
    }
}
