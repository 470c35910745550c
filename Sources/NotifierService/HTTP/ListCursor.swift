import Contracts
import Foundation
import Web

/// The cursor of a list over all partitions, which ApplicationService makes, as seen from one of them: the list goes on
/// after this row. The newest comes first; of those with the same value the one in the last partition.
struct ListCursor {
    let partition: Partition
    /// What the list is sorted by: a time, or an id that is one.
    let value: Int64
    let rowID: Int64

    /// - Throws: `malformed` for a text that is not the cursor of a list.
    init(parsing text: String) throws(Problem) {
        let parts = Base64URL.decoded(text.utf8).flatMap { String(data: $0, encoding: .utf8) }?
            .split(separator: " ", omittingEmptySubsequences: false)
        // The partition, the list, which ApplicationService has checked, and the place.
        guard let parts, parts.count == 4, let partition = Partition(name: String(parts[0])),
            let value = Int64(parts[2]), let rowID = Int64(parts[3])
        else { throw Problem(.malformed, "cursor must be the cursor of an earlier page's next.") }
        self.partition = partition
        self.value = value
        self.rowID = rowID
    }

    /// Where a list of deliveries goes on in a partition.
    func deliveryPosition(in other: Partition) -> DeliveryPosition {
        let time = Timestamp(milliseconds: value)
        if other == partition { return DeliveryPosition(createdAt: time, rowID: rowID) }
        // Those with the same time come before the cursor in a later partition, and after it in an earlier one.
        return DeliveryPosition(createdAt: time, rowID: other < partition ? .max : .min)
    }

    /// A list of notifications goes on in a partition with ids below this one. The same id may be used in several
    /// partitions.
    func notificationID(in other: Partition) -> Int64 {
        other < partition && value < .max ? value + 1 : value
    }
}
