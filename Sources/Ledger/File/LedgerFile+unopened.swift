package import Contracts
import Foundation
import GRDBSQLite

extension LedgerFile {
    /// Checks a file before this process owns the partition: that it belongs to this partition, and was made with this
    /// number of partitions. Nothing is written, not even beside the file. What cannot be read is checked when the file
    /// is opened.
    ///
    /// The caller holds the file's lock.
    /// - Throws: `LedgerError.foreignFile`.
    package static func checkUnopened(_ address: Address, partitions: Int, in directory: String) throws {
        let path = path(of: address, in: directory)
        guard let values = metaOfUnopened(path), values["address"] != nil else { return }
        try checkOwner(values, address: address, partitions: partitions, path: path)
    }

    /// The table `meta`, without what is only in the WAL; nil if it cannot be read.
    private static func metaOfUnopened(_ path: String) -> [String: String]? {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        // `immutable`: SQLite takes no locks and makes no files, which a connection to a file with a WAL otherwise does
        // even to read. GRDB does not open URIs.
        let uri = URL(fileURLWithPath: path).absoluteString + "?immutable=1"
        guard sqlite3_open_v2(uri, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil) == SQLITE_OK else {
            return nil
        }
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(database, "SELECT name, value FROM meta", -1, &statement, nil) == SQLITE_OK else {
            return nil
        }
        var values: [String: String] = [:]
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                guard let name = sqlite3_column_text(statement, 0), let value = sqlite3_column_text(statement, 1) else {
                    return nil
                }
                values[String(cString: name)] = String(cString: value)
            case SQLITE_DONE: return values
            default: return nil
            }
        }
    }
}
