import Contracts

/// The id of a delivery: `p00-17`, its partition and its row.
struct DeliveryID: Hashable, CustomStringConvertible {
    let partition: Partition
    let rowID: Int64

    init(partition: Partition, rowID: Int64) {
        self.partition = partition
        self.rowID = rowID
    }

    /// Nil if the text is not the id of a delivery.
    init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Partition(name: String(parts[0])), let rowID = Int64(parts[1]),
            rowID > 0, String(rowID) == parts[1]
        else { return nil }
        self.init(partition: partition, rowID: rowID)
    }

    var description: String { "\(partition.name)-\(rowID)" }
}
