import Foundation
import SeededRandom

/// A run over some readers: it generates inputs, checks each, and keeps those with a new outcome for further mutation.
/// The seed determines everything.
package struct Campaign: Sendable {
    /// An input and the property that it violates.
    package struct Finding: Sendable, Hashable {
        package let reader: String
        package let input: [UInt8]
        package let violation: Violation

        package init(reader: String, input: [UInt8], violation: Violation) {
            self.reader = reader
            self.input = input
            self.violation = violation
        }
    }

    /// An input for one of the readers.
    package struct TestCase: Sendable {
        /// The index in ``readers``.
        package let reader: Int
        package let input: [UInt8]

        package init(reader: Int, input: [UInt8]) {
            self.reader = reader
            self.input = input
        }
    }

    /// The maximum cost of one input, far above what any needs even on a slow machine. It is CPU time, which other
    /// processes do not affect.
    package static let maxTime: Duration = .seconds(2)
    /// In bytes.
    package static let maxMemory = 256 << 20

    /// In bytes. Short inputs are mutated quickly; the seeds provide enough long ones.
    private static let maxKeptSize = 4_096
    /// Inputs kept per reader.
    private static let maxKept = 4_096

    package let readers: [FuzzedReader]
    /// The number of inputs checked, by reader.
    package private(set) var counts: [Int]
    private var pools: [[[UInt8]]]
    private var outcomes: [Set<String>]
    private var pendingSeeds: [TestCase]
    private var random: SeededGenerator
    private let measuresMemory: Bool

    /// - Parameter measuresMemory: only in a process that does nothing else, whose memory is that of the input.
    package init(_ readers: [FuzzedReader], seed: UInt64, measuresMemory: Bool = false) {
        self.readers = readers
        self.measuresMemory = measuresMemory
        counts = readers.map { _ in 0 }
        pools = readers.map { $0.seeds.filter { $0.count <= Self.maxKeptSize } }
        outcomes = readers.map { _ in [] }
        // The seeds come first, unchanged.
        pendingSeeds = readers.indices.flatMap { index in
            readers[index].seeds.map { TestCase(reader: index, input: $0) }
        }.reversed()
        random = SeededGenerator(seed: seed)
    }

    /// The number of inputs kept for mutation.
    package var corpusSize: Int { pools.reduce(0) { $0 + $1.count } }
    package var count: Int { counts.reduce(0, +) }

    package mutating func next() -> TestCase {
        if let seed = pendingSeeds.popLast() { return seed }
        // Half of the inputs are for the first reader, message bodies, which anyone outside can send.
        let index = readers.count > 1 && random.oneIn(2) ? 0 : random.int(in: 0...(readers.count - 1))
        let pool = pools[index]
        let base = pool.isEmpty ? [] : random.element(of: pool)
        let other = pool.isEmpty ? [] : random.element(of: pool)
        return TestCase(reader: index, input: readers[index].mutate(base, other, &random))
    }

    /// - Returns: `nil` if all properties hold.
    package mutating func check(_ testCase: TestCase) -> Finding? {
        let reader = readers[testCase.reader]
        counts[testCase.reader] += 1
        func finding(_ violation: Violation) -> Finding {
            Finding(reader: reader.name, input: testCase.input, violation: violation)
        }
        let before = (time: Self.processorTime(), memory: Self.peakMemory())
        do {
            let outcome = try reader.check(testCase.input)
            if outcomes[testCase.reader].insert(outcome).inserted, testCase.input.count <= Self.maxKeptSize,
                pools[testCase.reader].count < Self.maxKept
            {
                pools[testCase.reader].append(testCase.input)
            }
        } catch {
            return finding(error)
        }
        if Self.processorTime() - before.time > Self.maxTime { return finding(Violation("takes too long")) }
        if measuresMemory, Self.peakMemory() - before.memory > Self.maxMemory {
            return finding(Violation("takes too much memory"))
        }
        return nil
    }

    /// Checks a number of inputs. Each violation is returned once, with the first input that showed it.
    package mutating func run(_ count: Int) -> [Finding] {
        var findings: [Finding] = []
        for _ in 0..<count {
            guard let finding = check(next()),
                !findings.contains(where: { $0.reader == finding.reader && $0.violation == finding.violation })
            else { continue }
            findings.append(finding)
        }
        return findings
    }

    /// The CPU time of this thread.
    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The maximum resident size of this process so far, in bytes.
    private static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_maxrss * 1024
    }
}
