import Contracts

/// Nothing grows without bound. Descriptors, threads and files are compared at the beginning and at the end of a run
/// and of each long lifetime of a process; memory is compared with the number of messages that the process got.
package struct GrowthRule {
    /// Increases up to these bounds are allowed.
    private struct Bounds {
        var descriptors: Int
        var threads: Int
        var files: Int
    }

    /// How much a process's memory grew in its long lifetimes together, after each had warmed up.
    package struct Growth: Sendable {
        package let process: String
        package var bytes = 0
        /// The messages that the process got in that time.
        package var messages = 0
        fileprivate var lifetimes = 0
    }

    /// From the first sample to the last. Allows for connections being opened, and a WAL between two checkpoints.
    private static let overall = Bounds(descriptors: 24, threads: 16, files: 32 << 20)
    /// Within one lifetime, in which connections break and reconnect, and bursts come at its end as at its beginning.
    /// Each partition has a pool of readers whose size varies.
    private static func withinLifetime(_ partitions: Int) -> Bounds {
        Bounds(descriptors: 8 + 8 * partitions, threads: 8, files: 24 << 20)
    }
    /// The rows of a message: in two outboxes and in the table that deduplicates it.
    private static let fileBytesPerMessage = 4096
    /// A leak of a message's body, properties and row is more.
    private static let memoryPerMessage = 2048
    /// What the allocator and SQLite's page cache may still take in a lifetime after the warm-up.
    private static let memoryPerLifetime = 8 << 20
    /// Until caches are filled and the allocator has its working set.
    private static let warmUp: Duration = .seconds(12)
    /// Shorter lifetimes show nothing.
    private static let shortest: Duration = .seconds(30)

    private let process: String
    private let partitions: Int
    private var violations: [Violation] = []

    static func violations(_ history: History) -> [Violation] {
        // Processes use more or less as they get partitions and give them up.
        guard !history.conditions.partitionsChangeOwners else { return [] }
        let resources = history.samples.sorted { $0.key < $1.key }.flatMap { process, samples in
            var rule = GrowthRule(process: process, partitions: history.conditions.partitions)
            rule.check(samples)
            return rule.violations
        }
        let memory = growth(in: history).compactMap { growth -> Violation? in
            let allowed = memoryPerLifetime * growth.lifetimes + memoryPerMessage * growth.messages
            guard growth.bytes > allowed else { return nil }
            return Violation(
                .grew,
                "\(growth.process) grew by \(growth.bytes) bytes of memory over \(growth.messages) messages; at most "
                    + "\(allowed) are allowed")
        }
        return resources + memory
    }

    /// The growth of each process.
    package static func growth(in history: History) -> [Growth] {
        history.samples.sorted { $0.key < $1.key }.map { process, samples in
            let counts = received(by: process, in: history)
            var growth = Growth(process: process)
            for lifetime in lifetimes(samples) {
                guard let (first, last) = ends(of: lifetime) else { continue }
                growth.bytes += last.memory - first.memory
                growth.messages += counts[min(last.seen, counts.count - 1)] - counts[min(first.seen, counts.count - 1)]
                growth.lifetimes += 1
            }
            return growth
        }
    }

    /// By the number of messages observed, how many of them a process got; for ApplicationService with the commands
    /// from outside.
    private static func received(by process: String, in history: History) -> [Int] {
        var counts = [0]
        for observed in history.messages {
            let words = observed.routingKey.split(separator: ".")
            let recipient: Substring =
                if observed.producer == nil {
                    "application"
                } else if words.count == 3, !observed.isNotification {
                    words[1]
                } else {
                    "nobody"
                }
            counts.append((counts.last ?? 0) + (process.hasPrefix(recipient) ? 1 : 0))
        }
        return counts
    }

    private init(process: String, partitions: Int) {
        self.process = process
        self.partitions = partitions
    }

    private mutating func check(_ samples: [History.Sample]) {
        guard let first = samples.first, let last = samples.last else { return }
        compare(first, last, Self.overall, "in the whole run")
        for lifetime in Self.lifetimes(samples) {
            guard let (first, last) = Self.ends(of: lifetime) else { continue }
            compare(first, last, Self.withinLifetime(partitions), "in a lifetime")
        }
    }

    private static func lifetimes(_ samples: [History.Sample]) -> [[History.Sample]] {
        samples.reduce(into: []) { lifetimes, sample in
            if let last = lifetimes.last?.last, last.processID == sample.processID {
                lifetimes[lifetimes.count - 1].append(sample)
            } else {
                lifetimes.append([sample])
            }
        }
    }

    /// The first and the last quarter of a long lifetime, after the warm-up; `nil` for a short one.
    private static func ends(of lifetime: [History.Sample]) -> (History.Sample, History.Sample)? {
        guard let began = lifetime.first?.at, let ended = lifetime.last?.at, ended - began >= shortest + warmUp else {
            return nil
        }
        let warm = lifetime.filter { $0.at - began >= warmUp }
        let quarter = max(1, warm.count / 4)
        return (median(warm.prefix(quarter)), median(warm.suffix(quarter)))
    }

    /// The median of each figure by itself: a burst, or a connection being opened, is not growth.
    private static func median(_ samples: ArraySlice<History.Sample>) -> History.Sample {
        func middle(_ figure: (History.Sample) -> Int) -> Int {
            let figures = samples.map(figure).sorted()
            return figures[figures.count / 2]
        }
        return History.Sample(
            seen: middle(\.seen), memory: middle(\.memory), descriptors: middle(\.descriptors),
            threads: middle(\.threads), disk: middle(\.disk))
    }

    private mutating func compare(
        _ first: History.Sample, _ last: History.Sample, _ bounds: Bounds, _ span: String
    ) {
        let messages = Self.fileBytesPerMessage * max(0, last.seen - first.seen)
        limit("descriptors", first.descriptors, last.descriptors, bounds.descriptors, span)
        limit("threads", first.threads, last.threads, bounds.threads, span)
        limit("bytes in files", first.disk, last.disk, bounds.files + messages, span)
    }

    private mutating func limit(_ resource: String, _ before: Int, _ after: Int, _ bound: Int, _ span: String) {
        guard after - before > bound else { return }
        let text = "\(process) went from \(before) to \(after) \(resource) \(span); at most \(bound) more are allowed"
        violations.append(Violation(.grew, text))
    }
}
