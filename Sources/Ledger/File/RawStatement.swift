import GRDB
import GRDBSQLite

/// A statement that is bound and read column by column. GRDB's own way makes an array of existentials of the arguments
/// and a row of copies of the columns, which costs more than the statement itself: with it ApplicationService needed
/// 93–103 µs per message, with this type 78–88 µs.
///
/// Use it for statements that run for every message or request. For all others (once per transaction, operator
/// commands, opening a file) use GRDB's `cachedStatement` and `Row`, which check types.
///
/// Bound values stay until they are bound again, so each run binds all of them. Confined to the thread and to the
/// duration of the transaction in which it runs.
package final class RawStatement {
    /// GRDB's statement, which knows its SQL, is cached for the next transaction and finalized in time.
    private let statement: Statement
    private let raw: OpaquePointer
    private let connection: OpaquePointer?

    init(_ statement: Statement) {
        self.statement = statement
        raw = statement.sqliteStatement
        connection = sqlite3_db_handle(statement.sqliteStatement)
    }

    // MARK: - Arguments, numbered from 1

    package func bind(_ index: Int32, _ number: Int64) throws {
        try check(sqlite3_bind_int64(raw, index, number))
    }

    package func bind(_ index: Int32, _ number: Int) throws {
        try check(sqlite3_bind_int64(raw, index, Int64(number)))
    }

    package func bind(_ index: Int32, _ bool: Bool) throws {
        try check(sqlite3_bind_int64(raw, index, bool ? 1 : 0))
    }

    package func bind(_ index: Int32, _ number: Int64?) throws {
        guard let number else { return try check(sqlite3_bind_null(raw, index)) }
        try bind(index, number)
    }

    package func bind(_ index: Int32, _ text: String) throws {
        var text = text
        let code = text.withUTF8 { utf8 in
            // An empty text may have no address, and without one SQLite would bind NULL.
            guard let start = utf8.baseAddress else { return sqlite3_bind_text(raw, index, "", 0, Self.transient) }
            return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                sqlite3_bind_text(raw, index, $0, Int32(clamping: utf8.count), Self.transient)
            }
        }
        try check(code)
    }

    package func bind(_ index: Int32, _ text: String?) throws {
        guard let text else { return try check(sqlite3_bind_null(raw, index)) }
        try bind(index, text)
    }

    package func bind(_ index: Int32, _ bytes: [UInt8]) throws {
        let code = bytes.withUnsafeBytes { bytes in
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(raw, index, 0)
                : sqlite3_bind_blob(raw, index, bytes.baseAddress, Int32(clamping: bytes.count), Self.transient)
        }
        try check(code)
    }

    // MARK: - Running

    /// Runs a statement that returns no rows. Returns the number of rows it changed.
    @discardableResult
    package func run() throws -> Int {
        try forEachRow { _ in }
        return Int(sqlite3_changes(connection))
    }

    /// Runs the statement and passes each row to `body`. The row is valid only within it.
    package func forEachRow(_ body: (RawRow) throws -> Void) throws {
        // If SQLite has rolled back the transaction by itself, nothing may be written outside one.
        guard sqlite3_get_autocommit(connection) == 0 else {
            throw DatabaseError(resultCode: .SQLITE_ABORT, message: "Transaction was aborted", sql: statement.sql)
        }
        try step(body)
    }

    /// Runs `BEGIN` or `COMMIT`, the only statements that start outside a transaction or end one.
    func runTransactionStatement() throws {
        try step { _ in }
    }

    private func step(_ body: (RawRow) throws -> Void) throws {
        defer { sqlite3_reset(raw) }
        while true {
            switch sqlite3_step(raw) {
            case SQLITE_ROW: try body(RawRow(raw: raw))
            case SQLITE_DONE: return
            case let code: throw error(code)
            }
        }
    }

    // MARK: - Errors

    private func check(_ code: Int32) throws {
        if code != SQLITE_OK { throw error(code) }
    }

    /// The same error type as GRDB's, so that it is classified the same way; without the arguments, which may be
    /// personal data.
    private func error(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)),
            sql: statement.sql)
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not import: SQLite makes its own copy.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
