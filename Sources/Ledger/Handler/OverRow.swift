/// The row of an application, or of its waiting list, that is over.
///
/// It is first detached: its key is replaced by one that is no id, so that no message and no request finds what is half
/// deleted. Then its rows are deleted step by step.
package struct OverRow: Sendable, Hashable {
    package let rowID: Int64
    package let key: String

    package init(rowID: Int64, key: String) {
        self.rowID = rowID
        self.key = key
    }

    /// No id contains an asterisk (contract section 1).
    private static let detachedPrefix = "*"

    package var isDetached: Bool { key.hasPrefix(Self.detachedPrefix) }

    /// The key of a row once it is detached.
    package static func detachedKey(of rowID: Int64) -> String { "\(detachedPrefix)\(rowID)" }
}

extension OverRow {
    /// - Parameter row: the columns `id` and `key`.
    package init(row: RawRow) throws {
        try row.require(columns: 2)
        self.init(rowID: row.int64(0), key: row.text(1))
    }
}
