import ApplicationDomain
import Contracts
import Ledger
import Synchronization

/// The callers who have a webhook endpoint that receives `operation.completed`: only the end of their operations is an
/// event. It is known of the partitions of callers that this process serves. NotifierService is told of the others, and
/// decides.
final class EventSubscribers: Sendable {
    private struct Known {
        weak var file: LedgerFile?
        var callers: Set<ExactString>
    }

    /// By the partition of the callers.
    private let known = Mutex<[Partition: Known]>([:])
    private let servedFile = Mutex<@Sendable (Partition) -> LedgerFile?>({ _ in nil })

    /// - Parameter file: the file of a partition that this process serves now; nil for another. What was known of a
    ///   partition counts no more once it has been served elsewhere.
    func begin(_ file: @escaping @Sendable (Partition) -> LedgerFile?) { servedFile.withLock { $0 = file } }

    /// Reads the callers of a partition: in its first transaction, after which each change is told.
    func load(_ transaction: LedgerTransaction) throws {
        let store = WebhookStore(transaction)
        var callers: Set<ExactString> = []
        var last: ExactString = ""
        while true {
            let page = try store.callers(after: last, limit: Self.pageSize)
            for caller in page where try store.settings(of: caller).hasEndpoint(for: .operationCompleted) {
                callers.insert(caller)
            }
            guard page.count == Self.pageSize, let next = page.last else { break }
            last = next
        }
        let file = transaction.file
        transaction.afterCommit { [weak self, callers] in
            self?.known.withLock { $0[file.address.partition] = Known(file: file, callers: callers) }
        }
    }

    private static let pageSize = 500

    /// The settings of a caller have changed in this transaction.
    func changed(_ settings: CallerWebhooks, in transaction: LedgerTransaction) {
        let partition = transaction.address.partition
        let receives = settings.hasEndpoint(for: .operationCompleted)
        transaction.afterCommit { [weak self] in
            self?.known.withLock { known in
                if receives {
                    known[partition]?.callers.insert(settings.caller)
                } else {
                    known[partition]?.callers.remove(settings.caller)
                }
            }
        }
    }

    /// Whether the caller has such an endpoint, or this process does not know.
    /// - Parameter partition: the caller's.
    func mayInclude(_ caller: ExactString, of partition: Partition, in transaction: LedgerTransaction) -> Bool {
        let isOwn = partition == transaction.address.partition
        let file = isOwn ? transaction.file : servedFile.withLock(\.self)(partition)
        return known.withLock { known in
            guard let file, let known = known[partition], known.file === file else { return true }
            return known.callers.contains(caller)
        }
    }
}
