import Contracts
import Testing

/// Files are lost or replaced by older copies: afterwards the services agree again by themselves (contract section 4).
@Suite struct ResyncTests {
    /// The notifications of a run, those to each user in their order.
    private func pushes(of run: ResyncRun) async throws -> [Network.Push] {
        var pushes: [Network.Push] = []
        try await Network.run { network in
            try await run.run(network)
            try await expectAgreement(network, run)
            pushes = network.pushes
        }
        return pushes
    }

    private func expectAgreement(_ network: Network, _ run: ResyncRun) async throws {
        let isSettled = try await network.settle()
        let report = try run.steps.joined(separator: "\n") + "\n" + network.summary()
        try #require(isSettled, "nothing comes to rest\n\(report)")
        let violations = try StateChecker.violations(network)
        #expect(violations == [], "\(report)")
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `without faults they agree`(seed: UInt64) async throws {
        _ = try await pushes(of: ResyncRun(seed: seed, .init(duringTraffic: true, isOn: false)))
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `NotifierService loses its file: no one is told anything twice, and nothing is left out`(
        seed: UInt64
    ) async throws {
        var faults = ResyncRun.Faults(nodes: [2, 3])
        let lost = try await pushes(of: ResyncRun(seed: seed, faults))
        faults.isOn = false
        let untouched = try await pushes(of: ResyncRun(seed: seed, faults))
        #expect(lost.map(\.description).sorted() == untouched.map(\.description).sorted())
    }

    /// Where a name changes twice until the file is back, users are told once, and later messages have the last name.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `what happens until NotifierService is back, with an empty file, is told`(seed: UInt64) async throws {
        var faults = ResyncRun.Faults(nodes: [2, 3], hasCopies: false, isQuiet: false)
        let lost = try await pushes(of: ResyncRun(seed: seed, faults))
        faults.isOn = false
        let untouched = try await pushes(of: ResyncRun(seed: seed, faults))
        func told(_ pushes: [Network.Push]) -> [String: Int] {
            Dictionary(
                pushes.map { ("\($0.user) in \($0.application): \($0.kind)", $0.kind == .changed ? 0 : 1) },
                uniquingKeysWith: +)
        }
        #expect(told(lost) == told(untouched))
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `WaitlistService loses its file: no one is told anything twice, and nothing is left out`(
        seed: UInt64
    ) async throws {
        var faults = ResyncRun.Faults(nodes: [1])
        // With few applications the same volunteers get the places, however long the list is away.
        let lost = try await pushes(of: ResyncRun(seed: seed, faults, applications: 3))
        faults.isOn = false
        let untouched = try await pushes(of: ResyncRun(seed: seed, faults, applications: 3))
        // Offers come later until the list is back. Who joins in the meantime is told of the place with the new name.
        func told(_ pushes: [Network.Push]) -> [String] {
            pushes.filter { $0.kind != .changed }.map { "\($0.user) in \($0.application): \($0.kind)" }.sorted()
        }
        #expect(told(lost) == told(untouched))
    }

    @Test(arguments: 0..<20 as Range<UInt64>, [[0], [0, 1], [0, 1, 2, 3]])
    func `ApplicationService's file is replaced, alone and with others`(seed: UInt64, nodes: [Int]) async throws {
        _ = try await pushes(of: ResyncRun(seed: seed, .init(nodes: nodes, duringTraffic: seed % 2 == 0)))
    }

    @Test(arguments: 0..<12 as Range<UInt64>, [[1], [2, 3], [1, 2, 3]])
    func `the files of others are replaced while messages are on their way`(seed: UInt64, nodes: [Int]) async throws {
        _ = try await pushes(of: ResyncRun(seed: seed, .init(nodes: nodes, duringTraffic: true)))
    }
}
