import ApplicationDomain
import Contracts

/// The rows of one partition between two bounds, in the order of a list: pairs of the sorted value and the row.
struct ApplicationRange: Sendable, Hashable {
    struct Bound: Sendable, Hashable, Comparable {
        let value: Int64
        let rowID: Int64

        static func < (a: Bound, b: Bound) -> Bool { (a.value, a.rowID) < (b.value, b.rowID) }
    }

    /// Only rows after this.
    private(set) var lower = Bound(value: .min, rowID: .min)
    /// Only rows before this.
    private(set) var upper = Bound(value: .max, rowID: .max)
    private let isDescending: Bool

    /// - Parameter position: only applications that come later in the list; nil for all.
    init(
        _ filter: ApplicationFilter, in partition: Partition, after position: ApplicationPosition?, now: Timestamp
    ) {
        isDescending = filter.sort.isDescending
        if filter.sort.key == .start {
            lower = Bound(value: filter.startsFrom.milliseconds, rowID: .min)
            upper = Bound(value: filter.startsBefore.milliseconds, rowID: .min)
            let present = Bound(value: now.milliseconds, rowID: .max)
            if filter.status == .open { lower = max(lower, present) }
            if filter.status == .started { upper = min(upper, present) }
        }
        guard let position else { return }
        // Of the rows with the same value, those of the partitions that come earlier have been listed.
        let rowID: Int64
        if partition == position.partition {
            rowID = position.rowID
        } else {
            rowID = partition < position.partition ? .max : .min
        }
        move(past: Bound(value: position.value, rowID: rowID))
    }

    /// The rest of the range after a row.
    mutating func move(past row: Bound) {
        if isDescending { upper = min(upper, row) } else { lower = max(lower, row) }
    }
}
