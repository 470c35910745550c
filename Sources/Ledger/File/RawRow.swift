package import Contracts
import GRDBSQLite

/// A row of a `RawStatement`; columns are numbered from 0. SQLite converts a value to the requested type, so a column
/// must be read as the type that the schema gives it.
package struct RawRow {
    let raw: OpaquePointer

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }

    package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }

    package func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(raw, column)) }

    package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(raw, column) != 0 }

    package func timestamp(_ column: Int32) -> Timestamp { Timestamp(milliseconds: int64(column)) }

    package func text(_ column: Int32) -> String { String(decoding: utf8(column), as: UTF8.self) }

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
