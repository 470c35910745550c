import GRDB

/// A long-running job as a row: one bounded step per transaction, between the inputs, and resumed at its cursor after
/// a restart. Several jobs may have the same kind and key.
package struct LedgerJob: Sendable, Hashable {
    /// The row id; 0 before the job is started.
    package let id: Int64
    package let kind: String
    package let key: String
    package var cursor: String
    package let detail: String

    package init(id: Int64 = 0, kind: String, key: String, cursor: String = "", detail: String = "") {
        self.id = id
        self.kind = kind
        self.key = key
        self.cursor = cursor
        self.detail = detail
    }

    /// The ledger's own job: ``LedgerHandler/forget(before:in:)``, until there is nothing left.
    static let forgetting = LedgerJob(kind: "forget", key: "")

    init(row: Row) {
        self.init(id: row["id"], kind: row["kind"], key: row["key"], cursor: row["cursor"], detail: row["detail"])
    }
}
