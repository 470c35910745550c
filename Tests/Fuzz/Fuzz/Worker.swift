import Foundation
import Fuzzing

/// The process that generates and checks inputs. It writes each input to the journal before it checks it, and runs
/// until it is killed.
struct Worker {
    private let options: Options
    private let journal: Journal

    init(_ options: Options, folder: String) throws {
        self.options = options
        journal = try Journal(in: URL(filePath: folder))
    }

    func run() throws {
        var campaign = Campaign(options.readers, seed: options.seed, measuresMemory: true)
        var known: Set<[String]> = []
        var reported = ContinuousClock.now
        while true {
            let testCase = campaign.next()
            journal.write(campaign.count, testCase.reader, testCase.input)
            if let finding = campaign.check(testCase),
                known.insert([finding.reader, finding.violation.description]).inserted
            {
                try journal.write(shrunk(finding, campaign.count, testCase.reader), number: known.count)
            }
            guard campaign.count % 64 == 0, ContinuousClock.now - reported > .seconds(1) else { continue }
            reported = .now
            let counts = zip(options.readers, campaign.counts).map { "\($0.name) \($1)" }.joined(separator: ", ")
            try journal.write(statistics: "\(campaign.count)\n\(campaign.corpusSize)\n\(counts)")
            // The supervisor is gone and will not kill this process.
            if getppid() == 1 { return }
        }
    }

    /// Shrinks here, where a try costs no process. An input that costs too much time or memory stays as it is.
    private func shrunk(_ finding: Campaign.Finding, _ count: Int, _ index: Int) -> Campaign.Finding {
        let reader = options.readers[index]
        let input = Shrinker.shrink(finding.input, tries: 2_000) { candidate in
            journal.write(count, index, candidate)
            do throws(Violation) {
                _ = try reader.check(candidate)
                return false
            } catch {
                return error == finding.violation
            }
        }
        return Campaign.Finding(reader: finding.reader, input: input, violation: finding.violation)
    }
}
