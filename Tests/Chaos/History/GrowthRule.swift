import Contracts

/// Nothing grows without bound. At the end of the run a process uses about as much as at the beginning, apart from the
/// rows in its files; and a process that lives long uses at the end of its lifetime about as much as at its beginning.
struct GrowthRule {
    /// Increases up to these bounds are allowed.
    private struct Bounds {
        var memory: Int
        var descriptors: Int
        var threads: Int
        var files: Int
    }

    /// From the first sample to the last. Allows for memory that the allocator keeps after a burst, newly touched
    /// pages, connections being opened, and a WAL between two checkpoints.
    private static let overall = Bounds(memory: 192 << 20, descriptors: 24, threads: 16, files: 32 << 20)
    /// Within one lifetime, in which connections break and reconnect, and bursts come at its end as at its beginning.
    /// Each partition has a pool of readers whose size varies.
    private static func withinLifetime(_ partitions: Int) -> Bounds {
        Bounds(memory: 32 << 20, descriptors: 8 + 8 * partitions, threads: 8, files: 24 << 20)
    }
    /// The rows of a message: in two outboxes and in the table that deduplicates it.
    private static let bytesPerMessage = 4096
    /// Until caches are filled and the allocator has its working set.
    private static let warmUp: Duration = .seconds(12)
    /// Shorter lifetimes show nothing.
    private static let shortest: Duration = .seconds(30)

    private let process: String
    private let partitions: Int
    private var violations: [Violation] = []

    static func violations(_ history: History) -> [Violation] {
        history.samples.sorted { $0.key < $1.key }.flatMap { process, samples in
            var rule = GrowthRule(process: process, partitions: history.conditions.partitions)
            rule.check(samples)
            return rule.violations
        }
    }

    private init(process: String, partitions: Int) {
        self.process = process
        self.partitions = partitions
    }

    private mutating func check(_ samples: [History.Sample]) {
        guard let first = samples.first, let last = samples.last else { return }
        compare(first, last, Self.overall, "in the whole run")
        for lifetime in Self.lifetimes(samples) {
            guard let began = lifetime.first?.at, let ended = lifetime.last?.at,
                ended - began >= Self.shortest + Self.warmUp
            else { continue }
            let warm = lifetime.filter { $0.at - began >= Self.warmUp }
            let quarter = max(1, warm.count / 4)
            compare(
                Self.median(warm.prefix(quarter)), Self.median(warm.suffix(quarter)), Self.withinLifetime(partitions),
                "in a lifetime of \((ended - began).components.seconds) s")
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
        let messages = Self.bytesPerMessage * max(0, last.seen - first.seen)
        limit("bytes of memory", first.memory, last.memory, bounds.memory, span)
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
