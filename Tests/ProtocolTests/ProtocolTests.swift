import ApplicationDomain
import Contracts
import Testing
import WaitlistDomain

@Suite struct ProtocolTests {
    /// Each seed is a run of its own; a failure prints its seed and the shortest history that shows it.
    @Test(arguments: [0, 1, 2, 3] as [UInt64])
    func `the protocol's invariants hold in every run`(part: UInt64) {
        let seeds = part * 750..<(part + 1) * 750
        let explorer = Explorer()
        if let scenario = explorer.failing(seeds) {
            let (scenario, violation) = explorer.shrunk(scenario)
            Issue.record("\(violation)\n\(scenario)")
        }
    }

    /// Contract section 5: messages of at most 1,000 ids, one transaction each.
    @Test(arguments: [OfferPolicy.Factor.all, .perSpot(1100)])
    func `a list longer than a page hears everything in parts`(factor: OfferPolicy.Factor) throws {
        var world = World(Scenario(volunteers: 1200, factor: factor, steps: []))
        try world.take(.accept(1))
        try world.take(.deliverToWaitlist)
        try world.fill(2...1200)
        try world.take(.decline(1))
        try world.settle()
        #expect(world.list?.outstanding == (factor == .all ? 1199 : 1100))
        for _ in 0..<2 {
            try world.take(.applicationClock(10))
            try world.take(.waitlistClock(10))
            try world.settle()
        }
        #expect(world.application.reserved == 0, "all lapsed: the spot is open to all")
        #expect(Set(world.witness.heard.keys).count == 1199)
        #expect(world.longestAnswer <= 1000)
    }

    @Test(arguments: Fault.allCases)
    func `a broken variant of the rules is caught`(fault: Fault) {
        #expect(Explorer(fault: fault).failing(0..<3000) != nil, "\(fault) goes unnoticed")
    }
}
