package import Contracts
import GRDB
import GRDBSQLite

/// A statement that runs for every message, bound and read column by column: GRDB's own way makes an array of
/// existentials of the arguments and a row of copies of the columns, which costs more than the statement itself.
///
/// Bound values stay until they are bound anew, so each run binds all of them. Confined to the thread and to the time
/// of the transaction that it runs in.
package final class RawStatement {
    /// GRDB's, which knows its SQL, keeps it for the next transaction, and finalizes it in time.
    private let statement: Statement
    private let raw: OpaquePointer
    private let connection: OpaquePointer?

    init(_ statement: Statement) {
        self.statement = statement
        raw = statement.sqliteStatement
        connection = sqlite3_db_handle(statement.sqliteStatement)
    }

    // MARK: - Arguments, from 1

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
            guard let start = utf8.baseAddress else { return sqlite3_bind_text(raw, index, "", 0, Self.copied) }
            return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                sqlite3_bind_text(raw, index, $0, Int32(clamping: utf8.count), Self.copied)
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
                : sqlite3_bind_blob(raw, index, bytes.baseAddress, Int32(clamping: bytes.count), Self.copied)
        }
        try check(code)
    }

    // MARK: - Running

    /// Runs a statement that gives no rows. Returns how many rows it changed.
    @discardableResult
    package func run() throws -> Int {
        try forEachRow { _ in }
        return Int(sqlite3_changes(connection))
    }

    /// Runs the statement, and hands each row to `body`, valid only within it.
    package func forEachRow(_ body: (RawRow) throws -> Void) throws {
        // Where SQLite has rolled back the transaction by itself, nothing may be written outside one.
        guard sqlite3_get_autocommit(connection) == 0 else {
            throw DatabaseError(resultCode: .SQLITE_ABORT, message: "Transaction was aborted", sql: statement.sql)
        }
        try step(body)
    }

    /// Runs `BEGIN` or `COMMIT`, which alone run outside a transaction or end one.
    func bracket() throws {
        try step { _ in }
    }

    private func step(_ body: (RawRow) throws -> Void) throws {
        defer { sqlite3_reset(raw) }
        while true {
            switch sqlite3_step(raw) {
            case SQLITE_ROW: try body(RawRow(raw: raw))
            case SQLITE_DONE: return
            case let code: throw failure(code)
            }
        }
    }

    // MARK: - Errors

    private func check(_ code: Int32) throws {
        if code != SQLITE_OK { throw failure(code) }
    }

    /// The same error as GRDB's own, so that it is classified alike; without the arguments, which may be personal.
    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)),
            sql: statement.sql)
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not import: SQLite makes its own copy.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// A row of a `RawStatement`; columns count from 0. What SQLite gives is read as what is asked for, so a column must
/// have the type that the schema gives it.
package struct RawRow {
    fileprivate let raw: OpaquePointer

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }

    package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }

    package func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(raw, column)) }

    package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(raw, column) != 0 }

    package func timestamp(_ column: Int32) -> Timestamp { Timestamp(milliseconds: int64(column)) }

    package func text(_ column: Int32) -> String { String(decoding: utf8(column), as: UTF8.self) }

    /// Nil for NULL.
    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// The string `last` itself where the text is the same: what repeats from row to row is made once.
    package func text(_ column: Int32, unless last: String) -> String {
        let utf8 = utf8(column)
        return last.utf8.elementsEqual(utf8) ? last : String(decoding: utf8, as: UTF8.self)
    }

    private func utf8(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        // In this order: the text may be converted by the first call, and the second tells the length of the result.
        let start = sqlite3_column_text(raw, column)
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, column)))
    }

    package func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(raw, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, column))))
    }
}
