import Foundation

/// The memory cgroup of one service, of version 1 or 2. `deploy/overload` creates it.
struct MemoryGroup: Sendable {
    /// In bytes.
    struct Usage: Sendable {
        /// What the kernel cannot take back: the process's own pages, and the kernel's for its sockets and files.
        var held = 0
        /// With the page cache of its files, which the kernel takes back when the group is full.
        var total = 0

        /// The larger of each figure.
        func maximum(_ other: Usage) -> Usage {
            Usage(held: max(held, other.held), total: max(total, other.total))
        }
    }

    private let folder: URL
    private var isVersion2: Bool { FileManager.default.fileExists(atPath: folder.appending(path: "memory.max").path) }

    init(folder: URL) { self.folder = folder }

    var usage: Usage {
        let statistics = read("memory.stat").split(separator: "\n").reduce(into: [Substring: Int]()) { figures, line in
            let words = line.split(separator: " ")
            if words.count == 2 { figures[words[0]] = Int(words[1]) }
        }
        if isVersion2 {
            let held = ["anon", "shmem", "kernel", "sock"].reduce(0) { $0 + (statistics[Substring($1)] ?? 0) }
            return Usage(held: held - (statistics["slab_reclaimable"] ?? 0), total: number("memory.current"))
        }
        let own = (statistics["total_rss"] ?? 0) + (statistics["total_shmem"] ?? 0)
        let kernel = number("memory.kmem.usage_in_bytes") + number("memory.kmem.tcp.usage_in_bytes")
        return Usage(held: own + kernel, total: number("memory.usage_in_bytes"))
    }

    private func number(_ file: String) -> Int {
        Int(read(file).trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    private func read(_ file: String) -> String {
        (try? String(contentsOf: folder.appending(path: file), encoding: .utf8)) ?? ""
    }
}
