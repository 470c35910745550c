import ApplicationDomain
import Contracts
import Testing
import WaitlistDomain

@Suite struct ProtocolTests {
    /// Each seed is a separate run. A failure prints its seed and the shortest steps that reproduce it.
    @Test(arguments: [0, 1, 2, 3] as [UInt64])
    func `the protocol's invariants hold in every run`(part: UInt64) {
        let seeds = part * 750..<(part + 1) * 750
        let checker = ModelChecker()
        if let testCase = checker.failing(seeds) {
            let (testCase, violation) = checker.shrunk(testCase)
            Issue.record("\(violation)\n\(testCase)")
        }
    }

    /// contract section 5: messages of at most 1,000 ids, one transaction each.
    @Test(arguments: [OfferPolicy.Factor.all, .perSpot(1100)])
    func `a list longer than a page is notified in parts`(factor: OfferPolicy.Factor) throws {
        var state = ModelState(TestCase(volunteers: 1200, factor: factor, steps: []))
        try state.perform(.accept(1))
        try state.perform(.deliverToWaitlist)
        try state.fillList(2...1200)
        try state.perform(.decline(1))
        try state.runUntilIdle()
        #expect(state.list?.outstanding == (factor == .all ? 1199 : 1100))
        for _ in 0..<2 {
            try state.perform(.applicationClock(10))
            try state.perform(.waitlistClock(10))
            try state.runUntilIdle()
        }
        #expect(state.application.reserved == 0, "all offers lapsed: the spot is open to all")
        #expect(Set(state.observer.notifiedRelease.keys).count == 1199)
        #expect(state.longestAnswer <= 1000)
    }

    @Test(arguments: Mutation.allCases)
    func `a broken variant of the rules is caught`(mutation: Mutation) {
        #expect(ModelChecker(mutation: mutation).failing(0..<3000) != nil, "\(mutation) is not caught")
    }
}
