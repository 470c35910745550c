import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Lists over all partitions: this process reads its own and asks the owners of the others, all at the same time.
extension ApplicationQueries {
    /// Asks the owner of a partition for its part of a list.
    typealias RemotePart = @Sendable (Partition) async throws -> ListPart

    // MARK: - Applications

    /// In the order of the filter, over all partitions.
    /// - Throws: `unavailable` if a partition cannot be read: a partial list would look complete.
    func applications(
        _ filter: ApplicationFilter, _ request: PageRequest, now: Timestamp, remote: @escaping RemotePart
    ) async throws -> Page<[UInt8]> {
        let position = try request.cursor.map(ApplicationPosition.init)
        let scans = try await gather { partition -> ApplicationScan<ListedApplication> in
            guard let service = partitions.service(of: partition) else {
                return try ApplicationScan(try await remote(partition), in: partition) { .encoded($0) }
            }
            let own = try await scan(service, filter, after: position, limit: request.limit, now: now)
            return ApplicationScan(
                found: own.found.map { ($0.position, ListedApplication.read($0.application)) }, end: own.end)
        }
        let page = ApplicationScan.merge(scans, filter.sort, limit: request.limit)
        return Page(items: page.items.map { $0.json(at: now) }, next: page.next.map(PageCursor.init))
    }

    /// The part of one partition of this process, for the process that gathers the list.
    func applications(
        _ filter: ApplicationFilter, _ request: PageRequest, in partition: Partition, now: Timestamp
    ) async throws -> ListPart {
        guard let service = partitions.service(of: partition) else { throw Problem.partitionNotServed }
        let position = try request.cursor.map(ApplicationPosition.init)
        let own = try await scan(service, filter, after: position, limit: request.limit, now: now)
        let items = own.found.map { found in
            ListPart.Item(
                place: found.position.place, json: ApplicationJSON(application: found.application, now: now).encoded())
        }
        return ListPart(items: items, end: own.end?.place)
    }

    private func scan(
        _ service: PartitionService, _ filter: ApplicationFilter, after position: ApplicationPosition?, limit: Int,
        now: Timestamp
    ) async throws -> ApplicationScan<VolunteerApplication> {
        let partition = service.address.partition
        return try await service.file.read { snapshot in
            // One more than needed tells whether another page follows.
            try ApplicationStore(snapshot).applications(
                filter, in: partition, after: position, limit: limit + 1, now: now)
        }
    }

    // MARK: - A volunteer's responses

    /// A volunteer's responses to all applications, ordered by partition, then by the application's creation.
    /// - Throws: `unavailable` if a partition cannot be read.
    func responses(
        of volunteer: ID, _ request: PageRequest, remote: @escaping RemotePart
    ) async throws -> Page<[UInt8]> {
        let first = try Self.start(request)
        let parts = try await gather { partition -> (partition: Partition, part: ListPart)? in
            if let first, partition < first.partition { return nil }
            if partitions.service(of: partition) == nil { return (partition, try await remote(partition)) }
            return (partition, try await responses(of: volunteer, request, in: partition))
        }
        var page = Page<[UInt8]>()
        for (partition, part) in parts.compactMap(\.self) {
            var last = first?.partition == partition ? first?.after ?? 0 : 0
            for item in part.items {
                guard page.items.count < request.limit else {
                    page.next = PageCursor(partition: partition, after: String(last))
                    return page
                }
                guard let row = Int64(item.place) else { throw Problem.partitionNotServed }
                page.items.append(item.json)
                last = row
            }
            if let end = part.end {
                page.next = PageCursor(partition: partition, after: end)
                return page
            }
        }
        return page
    }

    /// The responses in one partition of this process, which begin after the cursor if it is of this partition.
    func responses(of volunteer: ID, _ request: PageRequest, in partition: Partition) async throws -> ListPart {
        guard let service = partitions.service(of: partition) else { throw Problem.partitionNotServed }
        let first = try Self.start(request)
        let start = first?.partition == partition ? first?.after ?? 0 : 0
        // One more than needed tells whether another page follows.
        let found = try await service.file.read {
            try ApplicationStore($0).responses(of: volunteer, after: start, limit: request.limit + 1)
        }
        let page = Array(found.prefix(request.limit))
        // All at once: while WaitlistService is away, the requests end together.
        let items = try await inOrder(page) { found -> ListPart.Item? in
            let details = try await self.withPositions([found.member], of: found.stored.application).first
            return details.map {
                ListPart.Item(place: String(found.stored.rowID), json: ResponseJSON($0, now: .now()).encoded())
            }
        }
        return ListPart(
            items: items.compactMap(\.self),
            end: found.count > request.limit ? page.last.map { String($0.stored.rowID) } : nil)
    }

    private static func start(_ request: PageRequest) throws(Problem) -> (partition: Partition, after: Int64)? {
        try request.cursor.map { cursor throws(Problem) in
            guard let row = Int64(cursor.after) else { throw .invalidCursor }
            return (partition: cursor.partition, after: row)
        }
    }

    // MARK: - Gathering

    private func gather<Part: Sendable>(
        _ part: @escaping @Sendable (Partition) async throws -> Part
    ) async throws -> [Part] {
        try await inOrder(partitions.all, part)
    }

    /// The results for the elements, in their order; computed at the same time.
    private func inOrder<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ result: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for (index, element) in elements.enumerated() {
                group.addTask { (index, try await result(element)) }
            }
            var results: [Result?] = Array(repeating: nil, count: elements.count)
            for try await (index, found) in group { results[index] = found }
            return results.compactMap(\.self)
        }
    }
}

/// An application of a list: read here, or as JSON from another process. JSON is made only of those that a page shows.
private enum ListedApplication: Sendable {
    case read(VolunteerApplication)
    case encoded([UInt8])

    func json(at now: Timestamp) -> [UInt8] {
        switch self {
        case .read(let application): ApplicationJSON(application: application, now: now).encoded()
        case .encoded(let json): json
        }
    }
}
