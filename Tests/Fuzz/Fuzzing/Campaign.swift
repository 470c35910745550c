import Foundation

/// A run over some readers: draws inputs, has each judged, and keeps those with a new answer to vary them further. All
/// of it follows from the seed.
package struct Campaign: Sendable {
    /// An input and what does not hold of it.
    package struct Finding: Sendable, Hashable {
        package let subject: String
        package let input: [UInt8]
        package let flaw: Flaw

        package init(subject: String, input: [UInt8], flaw: Flaw) {
            self.subject = subject
            self.input = input
            self.flaw = flaw
        }
    }

    /// The next input, to be judged by its reader.
    package struct Draw: Sendable {
        package let subject: Int
        package let input: [UInt8]

        package init(subject: Int, input: [UInt8]) {
            self.subject = subject
            self.input = input
        }
    }

    /// What one input may cost: far more than any needs, on a slow machine too. In time of the processor, which does
    /// not count what others do.
    package static let mostTime: Duration = .seconds(2)
    package static let mostMemory = 256 << 20

    /// A short input is quickly varied; long ones are drawn from the seeds often enough.
    private static let longestKept = 4_096
    private static let mostKept = 4_096

    package let subjects: [Subject]
    package private(set) var counts: [Int]
    private var pools: [[[UInt8]]]
    private var answers: [Set<String>]
    private var unjudgedSeeds: [Draw]
    private var dice: Dice
    private let isAlone: Bool

    /// - Parameter isAlone: in its process, so that memory which the process takes is what the input takes.
    package init(_ subjects: [Subject], seed: UInt64, isAlone: Bool = false) {
        self.subjects = subjects
        self.isAlone = isAlone
        counts = subjects.map { _ in 0 }
        pools = subjects.map { $0.seeds.filter { $0.count <= Self.longestKept } }
        answers = subjects.map { _ in [] }
        // Seeds go first, as they are.
        unjudgedSeeds = subjects.indices.flatMap { index in
            subjects[index].seeds.map { Draw(subject: index, input: $0) }
        }.reversed()
        dice = Dice(seed: seed)
    }

    /// How many inputs are varied further.
    package var corpusSize: Int { pools.reduce(0) { $0 + $1.count } }
    package var count: Int { counts.reduce(0, +) }

    package mutating func draw() -> Draw {
        if let seed = unjudgedSeeds.popLast() { return seed }
        // Half of all are bodies: they come from everybody.
        let index = subjects.count > 1 && dice.isOne(in: 2) ? 0 : dice.roll(0...(subjects.count - 1))
        let pool = pools[index]
        let base = pool.isEmpty ? [] : dice.pick(pool)
        let other = pool.isEmpty ? [] : dice.pick(pool)
        return Draw(subject: index, input: subjects[index].vary(&dice, base, other))
    }

    /// Has the input judged. Nil: all is well.
    package mutating func judge(_ draw: Draw) -> Finding? {
        let subject = subjects[draw.subject]
        counts[draw.subject] += 1
        let before = (time: Self.processorTime(), memory: Self.mostResident())
        do {
            let answer = try subject.judge(draw.input)
            if answers[draw.subject].insert(answer).inserted, draw.input.count <= Self.longestKept,
                pools[draw.subject].count < Self.mostKept
            {
                pools[draw.subject].append(draw.input)
            }
        } catch {
            return Finding(subject: subject.name, input: draw.input, flaw: error)
        }
        if Self.processorTime() - before.time > Self.mostTime {
            return Finding(subject: subject.name, input: draw.input, flaw: Flaw("it takes too long"))
        }
        if isAlone, Self.mostResident() - before.memory > Self.mostMemory {
            return Finding(subject: subject.name, input: draw.input, flaw: Flaw("it takes too much memory"))
        }
        return nil
    }

    /// So many inputs at once; each flaw once, with the first input that showed it.
    package mutating func run(_ count: Int) -> [Finding] {
        var findings: [Finding] = []
        for _ in 0..<count {
            guard let finding = judge(draw()),
                !findings.contains(where: { $0.subject == finding.subject && $0.flaw == finding.flaw })
            else { continue }
            findings.append(finding)
        }
        return findings
    }

    /// Of this thread.
    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The most that this process has held in memory so far, in bytes.
    private static func mostResident() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_maxrss * 1024
    }
}

/// Makes an input that shows a flaw smaller, for people to see what it is.
package enum Shrinker {
    /// - Parameters:
    ///   - tries: how often to ask at most: for a trap each costs a process.
    ///   - isFlawed: whether an input still shows the same flaw.
    package static func shrink(_ input: [UInt8], tries: Int, _ isFlawed: ([UInt8]) -> Bool) -> [UInt8] {
        var best = input
        var left = tries
        func holds(_ candidate: [UInt8]) -> Bool {
            guard left > 0 else { return false }
            left -= 1
            return isFlawed(candidate)
        }
        // Halves, quarters and so on are left out, as long as the flaw stays.
        var size = max(1, best.count / 2)
        while left > 0 {
            var start = 0
            while start < best.count, left > 0 {
                let candidate = Array(best[..<start] + best[min(best.count, start + size)...])
                if holds(candidate) { best = candidate } else { start += size }
            }
            if size == 1 { break }
            size = max(1, size / 2)
        }
        // What is left is made plain.
        for index in best.indices where best[index] != UInt8(ascii: "a") {
            var candidate = best
            candidate[index] = UInt8(ascii: "a")
            if holds(candidate) { best = candidate }
        }
        return best
    }
}
