import Contracts

/// Nothing grows without bound: a process that has come to rest takes about what it took at the beginning, and its
/// files what their rows need.
enum GrowthRule {
    /// What the allocator keeps after a burst, and pages that were never touched before.
    private static let memory = 192 << 20
    /// A connection more or less, while one is being made.
    private static let descriptors = 24
    private static let threads = 16
    /// Rows of a message: in two outboxes and in what remembers it; and a WAL between two checkpoints.
    private static let bytesPerMessage = 4096
    private static let files = 32 << 20

    static func objections(_ history: History) -> [Objection] {
        var objections: [Objection] = []
        for (service, samples) in history.samples.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let first = samples.first, let last = samples.last else { continue }
            func limit(_ what: String, _ value: Int, _ most: Int) {
                guard value > most else { return }
                let text = "\(service.rawValue) has \(value) \(what) at the end, at most \(most) are expected"
                objections.append(Objection(.grown, text))
            }
            limit("bytes of memory", last.memory, first.memory + memory)
            limit("descriptors", last.descriptors, first.descriptors + descriptors)
            limit("threads", last.threads, first.threads + threads)
            limit("bytes in files", last.disk, files + bytesPerMessage * history.sightings.count)
        }
        return objections
    }
}
