import Contracts
import GRDB
import Ledger

/// Reads the last commit beside the writer.
extension LedgerFile {
    /// A row or two by their keys, on the thread that asks: that takes microseconds and waits for no writer, whereas
    /// the two changes of threads of an asynchronous read cost several times as much.
    func glance<Value>(_ body: (ApplicationReader) throws -> Value) throws -> Value {
        try pool.read { try body(ApplicationReader(db: $0)) }
    }

    /// A glance too.
    func operation(_ id: OperationID) throws -> Operation? {
        try pool.read { try OperationStore.operation(id, in: $0) }
    }

    /// Many rows, on a thread that may block.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (ApplicationReader) throws -> Value
    ) async throws -> Value {
        try await pool.read { try body(ApplicationReader(db: $0)) }
    }

    func remembered(_ key: CommandKey, now: Timestamp) async throws -> OperationStore.Remembered? {
        try await pool.read { try OperationStore.remembered(key, in: $0, now: now) }
    }
}
