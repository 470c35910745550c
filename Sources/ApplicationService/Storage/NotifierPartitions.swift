import Contracts

/// The partitions of NotifierService that know an application: those that were sent its create or its state. They get
/// every change of it; a partition that does not know it gets its create first (contract section 3).
struct NotifierPartitions: Sendable, Hashable {
    /// Of an application that an earlier version stored: it sent every create to all partitions.
    static let all = NotifierPartitions(column: nil)
    static let none = NotifierPartitions(column: [])

    /// As the column holds it: a bit for each partition, from the lowest bit of the first byte on, up to the last
    /// partition of the set; nil for all.
    private(set) var column: [UInt8]?

    init(column: [UInt8]?) {
        self.column = column
    }

    func contains(_ partition: Partition) -> Bool {
        guard let column else { return true }
        let byte = partition.number / 8
        return byte < column.count && column[byte] & Self.bit(of: partition) != 0
    }

    mutating func insert(_ partition: Partition) {
        guard var bytes = column else { return }
        let byte = partition.number / 8
        if byte >= bytes.count { bytes += Array(repeating: 0, count: byte + 1 - bytes.count) }
        bytes[byte] |= Self.bit(of: partition)
        column = bytes
    }

    private static func bit(of partition: Partition) -> UInt8 { 1 << UInt8(partition.number % 8) }
}
