/// The names of the headers in the messages of moves.
enum MoveHeader {
    static let move = "move"
    static let partition = "partition"
    static let process = "process"
    static let partitions = "partitions"
    static let migrations = "migrations"
    static let bytes = "bytes"
    static let part = "part"
    static let offset = "offset"
    static let checksum = "sha256"
    static let state = "state"
    static let reason = "reason"
}
