import Contracts
import Synchronization

/// The streams that stand still because one side refuses the other's epoch as more than a day ahead of its clock
/// (contract section 4). Kept in memory only: `stream_head` is sent and answered every 30 s.
package final class RefusedEpochs: Sendable {
    private let epochs = Mutex<[StreamName: Int64]>([:])

    /// False if this epoch of the stream is known as refused.
    func refuse(_ epoch: Int64, of stream: StreamName) -> Bool {
        epochs.withLock { $0.updateValue(epoch, forKey: stream) != epoch }
    }

    /// Both sides agree on the epoch of the stream.
    func accept(_ stream: StreamName) {
        epochs.withLock { if !$0.isEmpty { $0[stream] = nil } }
    }

    /// One line for each stream, in the order of their names; empty if none stands still.
    package var problems: [String] {
        epochs.withLock { epochs in
            epochs.map { "\($0): epoch \($1) is refused, a clock is more than a day wrong" }.sorted()
        }
    }
}
