import Ledger
import Web

extension Problem {
    /// The problem for a failure of the partition's file; nil for other errors and for failures that a retry by the
    /// client cannot help.
    static func storageFailure(_ error: any Error) -> Problem? {
        guard let error = error as? LedgerError else {
            // An error of SQLite itself comes from a read.
            return LedgerError.storage(error).map { _ in
                .unavailable("Storage is unavailable.", retryAfter: .seconds(5))
            }
        }
        return switch error.code {
        case .storage, .stopped, .locked, .notOwned, .superseded, .moved, .unequalPartitions:
            .unavailable("Storage is unavailable; nothing was changed.", retryAfter: .seconds(5))
        case .unsafe, .corrupt, .foreignFile, .missing, .exists, .newerSchema, .lostFile: nil
        }
    }
}
