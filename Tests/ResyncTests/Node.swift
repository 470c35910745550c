import Contracts
import Foundation
import Ledger
import Synchronization
import TestSupport

/// A partition of a service: its queue at the broker, and its file, which outlives the processes that have it open.
final class Node {
    /// What waits in a partition's queue.
    enum Queued {
        case message(OutboxMessage, StreamName)
        case control(Message)
        /// A message from outside.
        case command(Message)
    }

    /// A process.
    struct Life {
        let file: LedgerFile
        let writer: LedgerWriter
        let relay: OutboxRelay
        let commits: Commits
        /// Ends when the writer has.
        let ended: AsyncStream<Void>
        let end: AsyncStream<Void>.Continuation
    }

    let address: Address
    var folder: TemporaryFolder
    var queue: [Queued] = []
    var life: Life?

    init(_ address: Address) throws {
        self.address = address
        folder = try TemporaryFolder(address.description)
    }

    /// A copy of the file, while no process has it open.
    func copy() throws -> TemporaryFolder {
        let copy = try TemporaryFolder("copy")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        return copy
    }
}

/// Keeps what the writer has committed until the test takes it.
final class Commits: LedgerObserver {
    private let summaries = Mutex<[CommitSummary]>([])

    func committed(_ commit: CommitSummary) {
        summaries.withLock { $0.append(commit) }
    }

    func writabilityChanged(_ isWritable: Bool) {}

    func take() -> [CommitSummary] {
        summaries.withLock { summaries in
            defer { summaries = [] }
            return summaries
        }
    }
}
