import Foundation
import Fuzzing

/// The process that draws and judges. It says what it is about to do before it does it, and runs until it is ended.
struct Child {
    private let options: Options
    private let journal: Journal

    init(_ options: Options, folder: String) throws {
        self.options = options
        journal = try Journal(in: URL(filePath: folder))
    }

    func run() throws {
        var campaign = Campaign(options.subjects, seed: options.seed, isAlone: true)
        var known: Set<[String]> = []
        var reported = ContinuousClock.now
        while true {
            let draw = campaign.draw()
            journal.write(campaign.count, draw.subject, draw.input)
            if let finding = campaign.judge(draw), known.insert([finding.subject, finding.flaw.description]).inserted {
                try journal.write(shrunk(finding, campaign.count, draw.subject), number: known.count)
            }
            guard campaign.count % 64 == 0, ContinuousClock.now - reported > .seconds(1) else { continue }
            reported = .now
            let counts = zip(options.subjects, campaign.counts).map { "\($0.name) \($1)" }.joined(separator: ", ")
            try journal.write(figures: "\(campaign.count)\n\(campaign.corpusSize)\n\(counts)")
            // Its parent is gone: nobody would end it.
            if getppid() == 1 { return }
        }
    }

    /// Here, where a try costs no process. What is flawed by its cost stays as it is.
    private func shrunk(_ finding: Campaign.Finding, _ count: Int, _ index: Int) -> Campaign.Finding {
        let subject = options.subjects[index]
        let input = Shrinker.shrink(finding.input, tries: 2_000) { candidate in
            journal.write(count, index, candidate)
            do throws(Flaw) {
                _ = try subject.judge(candidate)
                return false
            } catch {
                return error == finding.flaw
            }
        }
        return Campaign.Finding(subject: finding.subject, input: input, flaw: finding.flaw)
    }
}
