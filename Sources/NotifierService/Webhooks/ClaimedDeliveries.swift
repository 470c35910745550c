import NotifierDomain

/// The deliveries that are in memory, in flight, or whose outcome is not committed yet. In the file they are still due,
/// so a page may contain them.
struct ClaimedDeliveries {
    private var claimed: [DeliverySource: Set<Int64>] = [:]
    /// Sources of which a page had a claimed delivery: it may have become due once more.
    private var overlapped: Set<DeliverySource> = []

    func count(of source: DeliverySource) -> Int { claimed[source]?.count ?? 0 }

    /// Claims those of a page that are not claimed yet, at most `limit`, and returns them.
    mutating func claim(_ page: [DueDelivery], of source: DeliverySource, limit: Int) -> [DueDelivery] {
        var ids = claimed[source] ?? []
        let free = page.filter { !ids.contains($0.rowID) }
        if free.count < page.count { overlapped.insert(source) }
        let taken = Array(free.prefix(limit))
        ids.formUnion(taken.map(\.rowID))
        claimed[source] = ids.isEmpty ? nil : ids
        return taken
    }

    /// - Returns: whether the source has to be read again.
    mutating func release(_ rowID: Int64, of source: DeliverySource) -> Bool {
        claimed[source]?.remove(rowID)
        if claimed[source]?.isEmpty == true { claimed[source] = nil }
        return overlapped.remove(source) != nil
    }
}
