import Contracts
import Foundation
import Web

/// The cursor of a list over all partitions, which ApplicationService makes, as seen from one of them: the list goes on
/// after this delivery. The newest comes first; of those with the same time the one in the last partition.
struct ListCursor {
    let partition: Partition
    let position: DeliveryPosition

    /// - Throws: `malformed` for a text that is not the cursor of a list of deliveries.
    init(parsing text: String) throws(Problem) {
        let parts = Base64URL.decoded(text.utf8).flatMap { String(data: $0, encoding: .utf8) }?
            .split(separator: " ", omittingEmptySubsequences: false)
        // The partition, the list, which ApplicationService has checked, and the place.
        guard let parts, parts.count == 4, let partition = Partition(name: String(parts[0])),
            let time = Int64(parts[2]), let rowID = Int64(parts[3])
        else { throw Problem(.malformed, "cursor must be the cursor of an earlier page's next.") }
        self.partition = partition
        position = DeliveryPosition(createdAt: Timestamp(milliseconds: time), rowID: rowID)
    }

    /// Where the list goes on in a partition.
    func position(in other: Partition) -> DeliveryPosition {
        if other == partition { return position }
        // Those with the same time come before the cursor in a later partition, and after it in an earlier one.
        return DeliveryPosition(createdAt: position.createdAt, rowID: other < partition ? .max : .min)
    }
}
