package import Contracts

/// What a service does inside a partition's transaction. Its verbs are synchronous: nothing can be awaited
/// between the first read and the commit.
package protocol LedgerHandler: Sendable {
    /// Decides one message. What it throws rolls this message back, and no other.
    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition

    /// An operator discarded a blocked message, which will never be applied.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws

    /// Writes what the handler kept in `transaction.unitOfWork`, before the commit.
    func flush(_ transaction: LedgerTransaction) throws

    /// A timer fell due. It is gone already; set it anew if it shall fire again.
    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws

    /// How many due timers may fire now. Fewer than any number where they would only hold up what is more urgent, none
    /// where it is not known yet whether they still hold.
    func timerLimit(in transaction: LedgerTransaction) -> Int

    /// One bounded step of long work. Returns what is left to do, nil when it is done.
    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob?
}

extension LedgerHandler {
    /// A handler that keeps no unitOfWork has nothing to write.
    package func flush(_ transaction: LedgerTransaction) throws {}

    package func timerLimit(in transaction: LedgerTransaction) -> Int { .max }
}

/// What a handler keeps in a transaction: of a class of its own, so that telling which costs nothing.
package protocol UnitOfWork: AnyObject {
    /// What it holds now, which later changes leave as it is.
    func copy() -> Self
}

/// How a message ended that was understood.
package enum Disposition: Sendable, Hashable {
    case applied
    /// It changed nothing, for this reason, and is recorded as refused.
    case refused(reason: String)
}

/// Something to do at a time: `kind` and `key` name it, setting it again moves it.
package struct LedgerTimer: Sendable, Hashable {
    package let kind: String
    package let key: String
    package let due: Timestamp

    package init(kind: String, key: String, due: Timestamp) {
        self.kind = kind
        self.key = key
        self.due = due
    }
}

/// Long work as a row: the writer advances it by one bounded step per transaction, between other people's inputs,
/// and a restart goes on at its cursor.
package struct LedgerJob: Sendable, Hashable {
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
}
