import NotifierDomain

/// The deliveries that are in memory, in flight, or whose outcome is not committed yet. In the file they are still due,
/// so a page may contain them.
struct ClaimedDeliveries {
    private var claimed: [DeliverySource: Set<Int64>] = [:]
    /// Sources of which a page had a claimed delivery: it may have become due once more.
    private var overlapped: Set<DeliverySource> = []
    /// Those released while pages are read, which may show them as they were before; nil at other times.
    private var released: [DeliverySource: Set<Int64>]?

    func count(of source: DeliverySource) -> Int { claimed[source]?.count ?? 0 }

    /// Pages are read from now on.
    mutating func beginReading() { released = [:] }

    /// All pages are read.
    mutating func endReading() { released = nil }

    /// Claims the deliveries of a page that are free, and returns them.
    /// - Returns: also whether the source has to be read again, because a delivery was released while it was read.
    mutating func claim(
        _ page: [DueDelivery], of source: DeliverySource
    ) -> (free: [DueDelivery], isOutdated: Bool) {
        let ids = claimed[source] ?? []
        let outdated = released?[source] ?? []
        let free = page.filter { !ids.contains($0.rowID) && !outdated.contains($0.rowID) }
        if page.contains(where: { ids.contains($0.rowID) }) { overlapped.insert(source) }
        if !free.isEmpty { claimed[source] = ids.union(free.map(\.rowID)) }
        return (free, page.contains { outdated.contains($0.rowID) })
    }

    /// - Returns: whether the source has to be read again.
    mutating func release(_ rowID: Int64, of source: DeliverySource) -> Bool {
        claimed[source]?.remove(rowID)
        if claimed[source]?.isEmpty == true { claimed[source] = nil }
        released?[source, default: []].insert(rowID)
        return overlapped.remove(source) != nil
    }
}
