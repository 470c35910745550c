import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Reads applications and responses from snapshots of the files, without waiting for the writers. Positions on the
/// waiting list are requested from WaitlistService.
struct ApplicationQueries: Sendable {
    let partitions: LocalPartitions
    let waitlist: WaitlistClient

    // MARK: - Applications

    func application(_ id: ID) throws -> VolunteerApplication? {
        try partitions.partition(for: id).file.pointRead {
            try ApplicationStore($0).application(id)?.application
        }
    }

    /// Whether the caller is a volunteer who has responded to the application.
    func hasResponded(_ caller: Caller, to id: ID) throws -> Bool {
        guard caller.role == .volunteer, let volunteer = caller.id else { return false }
        return try partitions.partition(for: id).file.pointRead { snapshot in
            let store = ApplicationStore(snapshot)
            return try store.application(id).flatMap { try store.member(volunteer, of: $0.rowID) } != nil
        }
    }

    /// In the order of the filter, over all partitions.
    /// - Throws: `unavailable` unless this process serves all partitions: a partial list would look complete.
    func applications(
        _ filter: ApplicationFilter, _ request: PageRequest, now: Timestamp
    ) async throws -> Page<VolunteerApplication> {
        let position = try request.cursor.map(ApplicationPosition.init)
        var scans: [ApplicationScan] = []
        for service in try partitions.all() {
            let partition = service.address.partition
            let scan = try await service.file.read { snapshot in
                // One more than needed tells whether another page follows.
                try ApplicationStore(snapshot).applications(
                    filter, in: partition, after: position, limit: request.limit + 1, now: now)
            }
            scans.append(scan)
        }
        let page = ApplicationScan.merge(scans, filter.sort, limit: request.limit)
        return Page(items: page.items, next: page.next.map(PageCursor.init))
    }

    /// Collects a page from all partitions, in their order.
    /// - Parameter read: reads at most `limit` items after the row `start`, each with its row.
    private func collect<Item: Sendable>(
        _ request: PageRequest,
        _ read:
            @escaping @Sendable (
                ApplicationStore<LedgerSnapshot>, _ start: Int64, _ limit: Int
            ) throws -> [(rowID: Int64, item: Item)]
    ) async throws -> Page<Item> {
        let first = try request.cursor.map { cursor throws(Problem) in
            guard let row = Int64(cursor.after) else { throw .invalidCursor }
            return (partition: cursor.partition, after: row)
        }
        var page = Page<Item>()
        for service in try partitions.all() {
            let partition = service.address.partition
            if let first, partition < first.partition { continue }
            let start = first?.partition == partition ? first?.after ?? 0 : 0
            let missing = request.limit - page.items.count
            // One more than needed tells whether another page follows.
            let found = try await service.file.read { try read(ApplicationStore($0), start, missing + 1) }
            page.items += found.prefix(missing).map(\.item)
            if found.count > missing {
                let last = missing > 0 ? found[missing - 1].rowID : start
                page.next = PageCursor(partition: partition, after: String(last))
                return page
            }
        }
        return page
    }

    // MARK: - Responses

    /// - Parameter isVisible: checked before WaitlistService is asked, so that the response time does not reveal other
    ///   funds' applications.
    func response(
        of volunteer: ID, to id: ID, isVisible: (VolunteerApplication) -> Bool = { _ in true }
    ) async throws -> ResponseDetails? {
        let found = try partitions.partition(for: id).file.pointRead { snapshot in
            let store = ApplicationStore(snapshot)
            return try store.application(id).flatMap { stored in
                try store.member(volunteer, of: stored.rowID).map { (stored.application, $0) }
            }
        }
        guard let (application, member) = found, isVisible(application) else { return nil }
        return try await withPositions([member], of: application).first
    }

    /// A volunteer's responses to all applications, ordered by partition, then by the application's creation.
    /// - Throws: `unavailable` unless this process serves all partitions.
    func responses(of volunteer: ID, _ request: PageRequest) async throws -> Page<ResponseDetails> {
        let page = try await collect(request) { store, start, limit in
            try store.responses(of: volunteer, after: start, limit: limit).map {
                ($0.stored.rowID, (application: $0.stored.application, member: $0.member))
            }
        }
        // All at once: while WaitlistService is away, the requests end together.
        let items = try await withThrowingTaskGroup(of: (Int, ResponseDetails?).self) { group in
            for (index, (application, member)) in page.items.enumerated() {
                group.addTask { (index, try await self.withPositions([member], of: application).first) }
            }
            var items: [ResponseDetails?] = Array(repeating: nil, count: page.items.count)
            for try await (index, details) in group { items[index] = details }
            return items.compactMap(\.self)
        }
        return Page(items: items, next: page.next)
    }

    /// Nil for an unknown application.
    /// - Parameter standing: only responses with it; nil for all.
    func responses(
        to id: ID, _ request: PageRequest, standing: Member.Standing?, order: ResponseOrder?
    ) async throws -> Page<ResponseDetails>? {
        let service = try partitions.partition(for: id)
        let first = ResponseOrder.start(order)
        let start = try request.cursor.map { cursor throws(Problem) in
            guard let place = MemberPlace(parsing: cursor.after) else { throw .invalidCursor }
            return place
        }
        let found = try await service.file.read { snapshot in
            let store = ApplicationStore(snapshot)
            return try store.application(id).map { stored in
                let members = try store.members(
                    of: stored.rowID, after: start ?? first, limit: request.limit + 1, standing: standing)
                return (stored.application, members)
            }
        }
        guard let (application, members) = found else { return nil }
        let page = Array(members.prefix(request.limit))
        let last = members.count > request.limit ? page.last : nil
        return Page(
            items: try await withPositions(page, of: application),
            next: last.map { PageCursor(partition: service.address.partition, after: first.after($0).text) })
    }

    /// Adds the positions of the waiting members, with one request to WaitlistService.
    private func withPositions(
        _ members: [Member], of application: VolunteerApplication
    ) async throws -> [ResponseDetails] {
        let listed = members.filter { $0.standing == .waiting && $0.isListed }.map(\.volunteer)
        var positions: [ID: Int] = [:]
        if !listed.isEmpty, application.status != .cancelled {
            let partition = try partitions.partition(for: application.id).address.partition
            positions = await waitlist.positions(of: listed, in: application.id, partition: partition) ?? [:]
        }
        return members.map {
            ResponseDetails(application: application, member: $0, position: positions[$0.volunteer])
        }
    }
}
