import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Web

/// The live stream of a visitor's changes.
struct LiveController: Sendable {
    let changes: ApplicationChanges
    let waiters: OperationWaiters
    /// To NotifierService.
    let notifier: RequestForwarder
    /// `PARTITIONS`.
    let partitionCount: Int

    /// How far the clocks of the processes may be apart, in microseconds: what changed so long before a page was made
    /// is sent again.
    private static let skew: Int64 = 2_000_000

    /// Opens a stream for a volunteer or a fund. With `after`, microseconds of the wall clock, or `Last-Event-ID` it
    /// begins with what has changed since then.
    /// - Throws: `not_found` for another caller; `not_acceptable`; `malformed`; `too_many_requests`; `unavailable`.
    func open(_ request: Request, caller: Caller) async throws -> Response {
        guard caller.role != .service, let id = caller.id else { throw Problem.notFound }
        guard MediaType.accepts("text/event-stream", in: request.headers) else {
            throw Problem(.notAcceptable, "A stream is text/event-stream.")
        }
        let start = try Self.start(of: request)
        if request.method == .head { return Response(status: .ok, headers: LiveStream.headers) }
        let place = try waiters.requireStreamPlace(for: caller)
        let isVolunteer = caller.role == .volunteer
        return LiveStream(
            changes: changes, topic: isVolunteer ? .everything : .fund(id),
            notifications: isVolunteer ? notifications(of: id, caller) : nil, start: start
        ).response(to: request, holding: place)
    }

    /// The ids of notifications are microseconds of the wall clock too.
    private func notifications(of volunteer: ID, _ caller: Caller) -> LiveStream.Notifications {
        let segment = volunteer.string.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let path = "/v1/volunteers/\(segment)/notifications/stream"
        let partition = Partition.of(volunteer, count: partitionCount)
        return { [notifier] last, wait in
            try await notifier.events(of: path, after: last, waiting: wait, caller, in: partition)
        }
    }

    /// The header field, which `EventSource` sends when it connects again, is newer than the query.
    private static func start(of request: Request) throws(Problem) -> Int64? {
        var text = request.headers[.lastEventID]
        if text == nil { text = try request.query("after") }
        guard let text, !text.isEmpty else { return nil }
        guard let time = Int64(text), time >= 0 else {
            throw Problem(.malformed, "after must be a time in microseconds.")
        }
        return max(0, time - skew)
    }
}
