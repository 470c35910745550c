import Testing

@Suite struct RestoreTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `after any restores each message of the present life is applied once, and none twice`(
        seed: UInt64
    ) async throws {
        let run = try RestoreRun(seed: seed)
        try await run.run()
        #expect(run.violations == [], "seed \(seed)\n\(run.steps.joined(separator: "\n"))")
    }

    @Test func `the runs restore files that their consumers are ahead of`() async throws {
        var renewals = 0
        for seed in 0..<6 as Range<UInt64> {
            let run = try RestoreRun(seed: seed)
            try await run.run()
            renewals += run.renewals
        }
        #expect(renewals > 6)
    }
}
