import Contracts
import Hummingbird
import Web

/// Lists whose rows are in partitions of another service.
extension RequestForwarder {
    /// A page of a list, the newest first; the partitions are asked at the same time.
    /// - Parameter query: what is asked besides the client's own query.
    /// - Throws: `malformed` for an invalid cursor; `unavailable` if a partition cannot be read: a partial list would
    ///   look complete.
    func newestFirst(
        _ page: PageRequest, of route: Route, _ request: Request, _ context: APIRequestContext,
        and query: String = "", in partitions: [Partition]
    ) async throws -> Page<[UInt8]> {
        // An invalid cursor is found here, and not only in the other process.
        _ = try page.cursor.map(ApplicationPosition.init)
        let scans = try await withThrowingTaskGroup(of: ApplicationScan<[UInt8]>.self) { group in
            for partition in partitions {
                group.addTask {
                    let part = try await part(of: page.url + query, route, request, context, in: partition)
                    return try ApplicationScan(part, in: partition) { $0 }
                }
            }
            var scans: [ApplicationScan<[UInt8]>] = []
            for try await scan in group { scans.append(scan) }
            return scans
        }
        let merged = ApplicationScan.merge(scans, .byCreationDescending, limit: page.limit)
        return Page(items: merged.items, next: merged.next.map(PageCursor.init))
    }
}
