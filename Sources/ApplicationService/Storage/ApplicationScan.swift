/// What was found in one partition for a page of a list of applications.
///
/// `Application` is a `VolunteerApplication`, or its JSON if another process has found it.
struct ApplicationScan<Application: Sendable>: Sendable {
    typealias Found = (position: ApplicationPosition, application: Application)

    /// In the order of the list.
    var found: [Found] = []
    /// The last row that was read, if others may follow.
    var end: ApplicationPosition?

    /// Merges the scans of all partitions into a page of at most `limit` applications.
    ///
    /// Each scan found at least `limit + 1` applications, or ended for another reason. Beyond the end of any scan an
    /// application may be missing, so the page ends there at the latest: it may be short, or empty, and have a next.
    static func merge(
        _ scans: [ApplicationScan], _ sort: ApplicationSort, limit: Int
    ) -> (items: [Application], next: ApplicationPosition?) {
        let end = scans.compactMap(\.end).min(by: sort.precedes)
        let found = scans.flatMap(\.found)
            .filter { found in end.map { !sort.precedes($0, found.position) } ?? true }
            .sorted { sort.precedes($0.position, $1.position) }
        let page = found.prefix(limit)
        return (page.map(\.application), found.count > limit ? page.last?.position : end)
    }
}
