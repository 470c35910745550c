import Contracts
import Ledger

/// A request of one process of a service to another one of it, by which a partition is moved (contract section 3). Its
/// fields are headers; only a piece of the file is a body. Each may be sent again.
struct MoveRequest: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        /// The first: whether the receiver can get the partition.
        case begin(Outline)
        /// A piece of the file, of which at most a few are in flight.
        case piece(FilePart, offset: Int64, bytes: [UInt8])
        /// All pieces of the database were sent: does it have this length and checksum?
        case check(bytes: Int64, checksum: String)
        /// All pieces were sent, and this is the log's length and checksum: is everything there?
        case complete(bytes: Int64, checksum: String)
        /// The partition is the receiver's.
        case take
        /// The partition stays where it was.
        case cancel
        /// To the process that had the partition: what has it decided?
        case decision
        /// To the process that gets the partition: does it serve it?
        case progress
    }

    /// What the receiver must know before it accepts a partition.
    struct Outline: Sendable, Hashable {
        /// `PARTITIONS`.
        let partitions: Int
        /// The number of migrations that the file has.
        let migrations: Int
        /// About the size of the file.
        let bytes: Int64
    }

    /// The move's id.
    let move: String
    let partition: Partition
    /// The process that sends the request.
    let process: String
    let step: Step
}
