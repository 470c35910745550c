package import Contracts
package import GRDB
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
    @usableFromInline let raw: OpaquePointer
    private let connection: OpaquePointer?

    init(_ statement: Statement) {
        self.statement = statement
        raw = statement.sqliteStatement
        connection = sqlite3_db_handle(statement.sqliteStatement)
    }

    // MARK: - Running

    /// Binds all parameters, in order.
    /// - Throws: `SQLITE_RANGE` if there are more or fewer values than parameters.
    @inlinable package func bindAll<each Value: ColumnValue>(_ values: repeat each Value) throws {
        var index: Int32 = 0
        for value in repeat each values {
            index += 1
            try bind(index, value)
        }
        try requireParameters(index)
    }

    /// A parameter without a value would keep the one of the previous run.
    @usableFromInline func requireParameters(_ count: Int32) throws {
        if count != sqlite3_bind_parameter_count(raw) {
            throw DatabaseError(resultCode: .SQLITE_RANGE, message: "wrong number of values", sql: statement.sql)
        }
    }

    /// - Parameter index: the parameter's number, from 1.
    @inlinable package func bind(_ index: Int32, _ value: some ColumnValue) throws {
        try check(value.bind(to: raw, at: index))
    }

    @usableFromInline func check(_ code: Int32) throws {
        if code != SQLITE_OK { throw error(code) }
    }

    /// Runs a statement that returns no rows. Returns the number of rows it changed.
    @usableFromInline func run() throws -> Int {
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

    /// The same error type as GRDB's, so that it is classified the same way; without the arguments, which may be
    /// personal data.
    private func error(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)),
            sql: statement.sql)
    }
}

/// Something that rows can be read from: the writer's transaction, or a snapshot beside it. A store takes one to read;
/// its writing methods belong in an extension constrained to `LedgerTransaction`. Code that only passes a source on
/// needs no `import GRDB`.
package protocol StatementSource {
    var db: Database { get }
    var statements: StatementCache { get }
}

/// Statements by the address of their text: hashing the text would take longer than running many of them. Confined to
/// the thread and to the duration of the transaction in which they run.
package final class StatementCache {
    private let db: Database
    private var known: [UnsafePointer<UInt8>: RawStatement] = [:]

    init(_ db: Database) {
        self.db = db
    }

    package func statement(_ sql: StaticString) throws -> RawStatement {
        if let statement = known[sql.utf8Start] { return statement }
        let statement = RawStatement(try db.cachedStatement(sql: sql.description))
        known[sql.utf8Start] = statement
        return statement
    }
}

/// The values are those of the statement's parameters, in order; there must be one for each.
///
/// Inlinable, so that each caller's combination of types is compiled for it: 5 % of the instructions that
/// ApplicationService ran for a message looked up the metadata of an unspecialised parameter pack.
extension StatementSource {
    /// Runs a statement that returns no rows. Returns the number of rows it changed.
    @discardableResult
    @inlinable package func execute<each Value: ColumnValue>(
        _ sql: StaticString, _ values: repeat each Value
    ) throws -> Int {
        let statement = try statements.statement(sql)
        try statement.bindAll(repeat each values)
        return try statement.run()
    }

    /// Passes each row to `body`. The row is valid only within it.
    @inlinable package func forEachRow<each Value: ColumnValue>(
        _ sql: StaticString, _ values: repeat each Value, body: (RawRow) throws -> Void
    ) throws {
        let statement = try statements.statement(sql)
        try statement.bindAll(repeat each values)
        try statement.forEachRow(body)
    }

    @inlinable package func rows<Element, each Value: ColumnValue>(
        _ sql: StaticString, _ values: repeat each Value, read: (RawRow) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        try forEachRow(sql, repeat each values) { elements.append(try read($0)) }
        return elements
    }

    /// The row of a query that returns at most one.
    @inlinable package func row<Element, each Value: ColumnValue>(
        _ sql: StaticString, _ values: repeat each Value, read: (RawRow) throws -> Element
    ) throws -> Element? {
        var element: Element?
        try forEachRow(sql, repeat each values) { element = try read($0) }
        return element
    }

    /// The statement for an assembled text. Each text is cached, so there must be few.
    package func statement(composed sql: String) throws -> RawStatement {
        RawStatement(try db.cachedStatement(sql: sql))
    }
}

/// A value that a `RawStatement` stores in a column or compares with one.
package protocol ColumnValue {
    /// - Parameter index: the parameter's number, from 1.
    /// - Returns: SQLite's result code.
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

extension Int64: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self)
    }
}

extension Int: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}

extension Bool: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self ? 1 : 0)
    }
}

/// As milliseconds.
extension Timestamp: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, milliseconds)
    }
}

extension String: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { utf8 in
            // An empty text may have no address, and without one SQLite would bind NULL.
            guard let start = utf8.baseAddress else {
                return sqlite3_bind_text(statement, index, "", 0, transientDestructor)
            }
            return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                sqlite3_bind_text(statement, index, $0, Int32(clamping: utf8.count), transientDestructor)
            }
        }
    }
}

/// As text.
extension ID: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        string.bind(to: statement, at: index)
    }
}

/// A blob.
extension [UInt8]: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        withUnsafeBytes { bytes in
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(statement, index, 0)
                : sqlite3_bind_blob(
                    statement, index, bytes.baseAddress, Int32(clamping: bytes.count), transientDestructor)
        }
    }
}

/// NULL for nil.
extension Optional: ColumnValue where Wrapped: ColumnValue {
    package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        guard let self else { return sqlite3_bind_null(statement, index) }
        return self.bind(to: statement, at: index)
    }
}

/// `SQLITE_TRANSIENT`, a macro that Swift does not import: SQLite makes its own copy.
private let transientDestructor = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// A row of a `RawStatement`; columns are numbered from 0. SQLite converts a value to the requested type, so a column
/// must be read as the type that the schema gives it.
package struct RawRow {
    let raw: OpaquePointer

    /// Checks that the statement has the columns that its reader expects: a column that one of several statements
    /// lacks would be read as NULL, or as its neighbour.
    /// - Throws: `SQLITE_RANGE`.
    package func require(columns: Int32) throws {
        guard sqlite3_data_count(raw) == columns else {
            throw DatabaseError(resultCode: .SQLITE_RANGE, message: "a row of \(columns) columns was expected")
        }
    }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }

    package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }

    package func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(raw, column)) }

    package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(raw, column) != 0 }

    package func timestamp(_ column: Int32) -> Timestamp { Timestamp(milliseconds: int64(column)) }

    /// Nil for NULL.
    package func optionalTimestamp(_ column: Int32) -> Timestamp? { isNull(column) ? nil : timestamp(column) }

    package func text(_ column: Int32) -> String { String(decoding: utf8(column), as: UTF8.self) }

    /// Whether the text is this one, without a copy of it.
    func text(_ column: Int32, equals other: String) -> Bool { utf8(column).elementsEqual(other.utf8) }

    /// Nil for NULL.
    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// Returns `previous` itself if the text is the same, so that values that repeat from row to row are allocated
    /// once.
    package func text(_ column: Int32, reusing previous: String) -> String {
        let utf8 = utf8(column)
        return previous.utf8.elementsEqual(utf8) ? previous : String(decoding: utf8, as: UTF8.self)
    }

    private func utf8(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        // In this order: the first call may convert the text, and the second returns the length of the result.
        let start = sqlite3_column_text(raw, column)
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, column)))
    }

    package func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(raw, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, column))))
    }
}

/// A column holds a text that this version does not know.
package struct UnknownColumnValue: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - text: what the column holds: one of our own words, never personal data.
    ///   - meaning: what the column stands for.
    package init(_ text: String, meaning: String) {
        description = "unknown \(meaning) \"\(text)\" in a database row"
    }
}

extension RawRow {
    /// A column that holds one of a closed set of words.
    /// - Throws: `UnknownColumnValue` if the word is not one of them.
    package func word<Word: RawRepresentable<String>>(_ column: Int32, as type: Word.Type = Word.self) throws -> Word {
        let text = text(column)
        guard let word = Word(rawValue: text) else { throw UnknownColumnValue(text, meaning: "\(type)") }
        return word
    }
}
