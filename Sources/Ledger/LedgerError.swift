import GRDB

/// What went wrong with a partition's file.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another process holds the file.
        case locked
        /// The file belongs to another partition, or was made with another number of partitions.
        case foreignFile
        /// The file cannot be read or written now: a full disk, an I/O error. Trying again may help.
        case storage
        /// The writer has stopped.
        case stopped
        /// The file was made by a newer version of this software.
        case newerSchema
        /// SQLite does not do what we rely on.
        case unsafe
    }

    package let code: Code
    /// Safe to show.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    package var isRetriable: Bool { code == .storage }

    /// The errors that concern the file as a whole, not the message in hand: nothing is acked, counted or parked
    /// for them (contract section 7).
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
}
