import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// What clients may read: applications and responses, from snapshots beside the writers. Places on the waiting list are
/// WaitlistService's: they are asked of it.
struct ApplicationQueries: Sendable {
    private let partitions: LocalPartitions
    private let waitlist: WaitlistClient

    init(partitions: LocalPartitions, waitlist: WaitlistClient) {
        self.partitions = partitions
        self.waitlist = waitlist
    }

    /// One page, and where the next begins; nil after the last.
    struct Page<Item: Sendable>: Sendable {
        var items: [Item] = []
        var next: PageRequest.Cursor?
    }

    // MARK: - Applications

    func application(_ id: ID) throws -> VolunteerApplication? {
        try partitions.home(of: id).file.pointRead { try ApplicationStore($0).application(id)?.application }
    }

    /// Partition by partition, each in the order of creation.
    func applications(
        _ filter: ApplicationFilter, from cursor: PageRequest.Cursor?, limit: Int, now: Timestamp
    ) async throws -> Page<VolunteerApplication> {
        // A list without what another process has would look whole.
        let services = try partitions.all()
        var after: Int64 = 0
        if let cursor {
            guard let row = Int64(cursor.after) else { throw Problem.badCursor }
            after = row
        }
        var slice = Page<VolunteerApplication>()
        for service in services {
            let partition = service.address.partition
            if let cursor, partition < cursor.partition { continue }
            let start = cursor?.partition == partition ? after : 0
            let missing = limit - slice.items.count
            let found = try await service.file.read { snapshot in
                try ApplicationStore(snapshot).applications(
                    filter, after: start, limit: missing + 1, now: now)
            }
            slice.items += found.prefix(missing).map(\.application)
            if found.count > missing {
                let last = missing > 0 ? found[missing - 1].rowID : start
                slice.next = PageRequest.Cursor(partition: partition, after: String(last))
                return slice
            }
        }
        return slice
    }

    // MARK: - Responses

    /// A response and where it stands on the list.
    struct Response: Sendable {
        let application: VolunteerApplication
        let member: Member
        let position: Int?
    }

    /// - Parameter isVisible: asked before WaitlistService is, so that strangers learn nothing, not even by the time it
    ///   takes.
    func response(
        of volunteer: ID, to id: ID, isVisible: (VolunteerApplication) -> Bool = { _ in true }
    ) async throws -> Response? {
        let found = try partitions.home(of: id).file.pointRead { snapshot in
            let rows = ApplicationStore(snapshot)
            return try rows.application(id).flatMap { stored in
                try rows.member(volunteer, of: stored.rowID).map { (stored.application, $0) }
            }
        }
        guard let (application, member) = found, isVisible(application) else { return nil }
        return try await placed([member], of: application).first
    }

    /// Nil for an unknown application.
    func responses(to id: ID, from cursor: PageRequest.Cursor?, limit: Int) async throws -> Page<Response>? {
        let service = try partitions.home(of: id)
        let after = cursor?.after ?? ""
        let found = try await service.file.read { snapshot in
            let rows = ApplicationStore(snapshot)
            return try rows.application(id).map { stored in
                (stored.application, try rows.members(of: stored.rowID, after: after, limit: limit + 1))
            }
        }
        guard let (application, members) = found else { return nil }
        let page = Array(members.prefix(limit))
        let next = members.count > limit ? page.last : nil
        return Page(
            items: try await placed(page, of: application),
            next: next.map { PageRequest.Cursor(partition: service.address.partition, after: $0.volunteer.string) })
    }

    /// With the places of those who wait and are listed, in one question.
    private func placed(_ members: [Member], of application: VolunteerApplication) async throws -> [Response] {
        let listed = members.filter { $0.standing == .waiting && $0.isListed }.map(\.volunteer)
        var places: [ID: Int] = [:]
        if !listed.isEmpty, application.status != .cancelled {
            let partition = try partitions.home(of: application.id).address.partition
            places = await waitlist.positions(of: listed, in: application.id, partition: partition) ?? [:]
        }
        return members.map { Response(application: application, member: $0, position: places[$0.volunteer]) }
    }
}
