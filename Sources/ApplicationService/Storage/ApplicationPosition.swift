import Contracts

/// Where an application is in a sorted list over all partitions. No two have the same position.
struct ApplicationPosition: Sendable, Hashable, Comparable {
    /// `ApplicationSort.value(of:)`.
    let value: Int64
    let partition: Partition
    let rowID: Int64

    static func < (a: ApplicationPosition, b: ApplicationPosition) -> Bool {
        if a.value != b.value { return a.value < b.value }
        if a.partition != b.partition { return a.partition < b.partition }
        return a.rowID < b.rowID
    }
}
