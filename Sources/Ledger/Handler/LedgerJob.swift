import Contracts
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

    /// The kind of the jobs that send a consumer the state of this partition (contract section 4).
    package static let resyncKind = "resync"

    static func resync(_ consumer: Address, isRestored: Bool) -> LedgerJob {
        LedgerJob(kind: resyncKind, key: consumer.description, detail: isRestored ? restored : "")
    }

    /// Of a job of ``resyncKind``: whether this file is an older copy of itself, or a new one. Otherwise the consumer's
    /// is.
    package var isOfRestoredFile: Bool { detail == Self.restored }

    private static let restored = "restored"

    init(row: Row) {
        self.init(id: row["id"], kind: row["kind"], key: row["key"], cursor: row["cursor"], detail: row["detail"])
    }
}
