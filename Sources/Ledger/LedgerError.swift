import GRDB

/// An error that concerns a partition's file as a whole.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another process holds the file.
        case locked
        /// The file belongs to another partition, or was made with another number of partitions.
        case foreignFile
        /// The file cannot be read or written at the moment, e.g. a full disk or an I/O error. A retry may succeed.
        case storage
        /// A row holds what this version never wrote: the file is damaged, or other software changed it.
        case corrupt
        /// There is no such file.
        case missing
        /// The file exists already.
        case exists
        /// The writer has stopped, or the file is closed.
        case stopped
        /// The file was made by a newer version of this software.
        case newerSchema
        /// Another process has taken the file since this one opened it.
        case superseded
        /// Another process holds the partition's owner queue at the moment. A retry may succeed.
        case notOwned
        /// The partition has had a file, and now there is none.
        case lostFile
        /// Another service runs with another number of partitions.
        case unequalPartitions
        /// The partition was moved to a process with another data folder.
        case moved
        /// SQLite does not give a guarantee that the ledger needs.
        case unsafe
    }

    package let code: Code
    /// Safe to show.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    package var isRetriable: Bool { [.storage, .notOwned].contains(code) }

    /// Non-nil if the error concerns the file and not the message being processed: nothing is acked, counted or
    /// parked then (contract section 7).
    package static func storage(_ error: any Error) -> LedgerError? {
        if let error = error as? LedgerError, error.code == .storage { return error }
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_NOMEM, .SQLITE_BUSY,
            .SQLITE_LOCKED, .SQLITE_ABORT, .SQLITE_PROTOCOL, .SQLITE_PERM, .SQLITE_CORRUPT, .SQLITE_NOTADB,
            .SQLITE_INTERRUPT:
            return LedgerError(.storage, error.resultCode.description + ": " + (error.message ?? "no detail"))
        default:
            return nil
        }
    }

    /// Runs `body`, which opens or checks a file, and says what to do if SQLite finds it damaged.
    static func describingDamage<Value>(of path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            throw damaged(path, error.message ?? error.resultCode.description)
        }
    }

    static func damaged(_ path: String, _ detail: String) -> LedgerError {
        LedgerError(.corrupt, "\(path) is damaged (\(detail)); put a backup in its place with `restore DIR`")
    }
}
