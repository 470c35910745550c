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

    /// Adds the positions of the waiting members, with one request to WaitlistService. It answers once it
    /// has applied the messages that the application's row counts: those who have left are not counted any more.
    func withPositions(
        _ members: [Member], of application: VolunteerApplication
    ) async throws -> [ResponseDetails] {
        let listed = members.filter { $0.standing == .waiting && $0.isListed }.map(\.volunteer)
        var positions: [ID: Int] = [:]
        if !listed.isEmpty, application.status != .cancelled {
            let partition = Partition.of(application.id, count: partitions.count)
            positions =
                await waitlist.positions(
                    of: listed, in: application.id, partition: partition, after: application.sent) ?? [:]
        }
        return members.map {
            ResponseDetails(application: application, member: $0, position: positions[$0.volunteer])
        }
    }
}
