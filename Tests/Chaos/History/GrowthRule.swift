import Contracts

/// Nothing grows without bound: a process that has come to rest takes about what the first took at the beginning, its
/// files what their rows need; and while it lives long, it takes at the end of that life what it took at its beginning.
struct GrowthRule {
    /// How much more than before is no growth.
    private struct Bounds {
        var memory: Int
        var descriptors: Int
        var threads: Int
        var files: Int
    }

    /// From the first moment to the last. What the allocator keeps after a burst, and pages that were never touched
    /// before; connections that are being made; a WAL between two checkpoints.
    private static let overall = Bounds(memory: 192 << 20, descriptors: 24, threads: 16, files: 32 << 20)
    /// Within a life, in which links break and are made again, and bursts come at its end as at its beginning. Each
    /// partition has a pool of readers that comes and goes.
    private static func inLife(_ partitions: Int) -> Bounds {
        Bounds(memory: 32 << 20, descriptors: 8 + 8 * partitions, threads: 8, files: 24 << 20)
    }
    /// Rows of a message: in two outboxes and in what remembers it.
    private static let bytesPerMessage = 4096
    /// Caches fill, the allocator takes what it needs.
    private static let warmUp: Duration = .seconds(12)
    /// Shorter lives say nothing.
    private static let shortest: Duration = .seconds(30)

    private let process: String
    private let partitions: Int
    private var objections: [Objection] = []

    static func objections(_ history: History) -> [Objection] {
        history.samples.sorted { $0.key < $1.key }.flatMap { process, samples in
            var rule = GrowthRule(process: process, partitions: history.conditions.partitions)
            rule.judge(samples)
            return rule.objections
        }
    }

    private init(process: String, partitions: Int) {
        self.process = process
        self.partitions = partitions
    }

    private mutating func judge(_ samples: [History.Sample]) {
        guard let first = samples.first, let last = samples.last else { return }
        compare(first, last, Self.overall, "in the whole run")
        for life in Self.lives(samples) {
            guard let born = life.first?.at, let died = life.last?.at, died - born >= Self.shortest + Self.warmUp
            else { continue }
            let grown = life.filter { $0.at - born >= Self.warmUp }
            let quarter = max(1, grown.count / 4)
            compare(
                Self.median(grown.prefix(quarter)), Self.median(grown.suffix(quarter)), Self.inLife(partitions),
                "in a life of \((died - born).components.seconds) s")
        }
    }

    private static func lives(_ samples: [History.Sample]) -> [[History.Sample]] {
        samples.reduce(into: []) { lives, sample in
            if let last = lives.last?.last, last.life == sample.life {
                lives[lives.count - 1].append(sample)
            } else {
                lives.append([sample])
            }
        }
    }

    /// Of each figure for itself: a burst, or a connection that is just being made, is no growth.
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

    private mutating func limit(_ what: String, _ before: Int, _ after: Int, _ most: Int, _ span: String) {
        guard after - before > most else { return }
        let text = "\(process) went from \(before) \(what) to \(after) \(span), at most \(most) more are expected"
        objections.append(Objection(.grown, text))
    }
}
