package import Contracts
import GRDBSQLite

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
