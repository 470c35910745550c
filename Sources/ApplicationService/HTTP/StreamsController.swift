import ApplicationDomain
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// Live streams of a volunteer's notifications and of an operation (contract section 8).
struct StreamsController: Sendable {
    let operations: OperationQueries
    /// To the other processes of ApplicationService.
    let owners: RequestForwarder
    /// To NotifierService.
    let notifier: RequestForwarder

    private var partitions: LocalPartitions { operations.partitions }

    /// Opens a stream. 204 if nothing follows what the client has.
    func open(_ request: Request, _ route: Route, _ context: APIRequestContext) async throws -> Response {
        guard MediaType.accepts("text/event-stream", in: request.headers) else {
            throw Problem(.notAcceptable, "A stream is text/event-stream.")
        }
        let last = try Self.lastEventID(of: request)
        let source: EventStream.Source
        let first: EventBatch
        if route == .streamNotifications {
            (source, first) = try await notifications(request, context, after: last)
        } else {
            source = try operation(request, context)
            first = try await source(last ?? 0, 0)
        }
        if first.isLast, first.events.isEmpty { return Response(status: .noContent) }
        if request.method == .head { return Response(status: .ok, headers: EventStream.headers) }
        let place = try operations.waiters.requireStreamPlace(for: context.caller)
        return EventStream(source: source, first: first, isResumed: last != nil)
            .response(to: request, holding: place)
    }

    /// What another process sends its client of an operation of this one.
    func answer(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        guard let id = OperationID(parsing: try context.text("id")) else { throw Problem.notFound }
        let wait = Preference.wait(in: request.headers, atMost: EventBatch.maxWait) ?? 0
        let batch = try await operations.events(
            id, after: try Self.lastEventID(of: request) ?? 0, waiting: .seconds(wait), caller: context.caller)
        return Response(
            status: .ok, headers: [.contentType: "text/tab-separated-values; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: batch.encoded())))
    }

    // MARK: - Sources

    /// A stream that is resumed does not need NotifierService in order to begin.
    private func notifications(
        _ request: Request, _ context: APIRequestContext, after last: Int64?
    ) async throws -> (EventStream.Source, EventBatch) {
        let volunteer = try context.id()
        guard context.caller.canSee(volunteer: volunteer) else { throw Problem.notFound }
        let partition = Partition.of(volunteer, count: partitions.count)
        let path = request.uri.path
        @Sendable func events(_ last: Int64?, _ wait: Int) async throws -> EventBatch {
            try await notifier.events(of: path, after: last, waiting: wait, context.caller, in: partition)
        }
        if let last { return (events, EventBatch(last: last)) }
        return (events, try await events(nil, 0))
    }

    private func operation(_ request: Request, _ context: APIRequestContext) throws -> EventStream.Source {
        guard let id = OperationID(parsing: try context.text("id")), let partition = id.partition,
            partition.number < partitions.count
        else { throw Problem.notFound }
        let path = request.uri.path
        let caller = context.caller
        return { [self] last, wait in
            if partitions.isElsewhere(partition) {
                return try await owners.events(of: path, after: last, waiting: wait, caller, in: partition)
            }
            return try await operations.events(id, after: last, waiting: .seconds(wait), caller: caller)
        }
    }

    // MARK: - The request

    /// The header field, which `EventSource` sends when it connects again; the parameter `last_event_id` of the query
    /// is for a client that begins.
    private static func lastEventID(of request: Request) throws(Problem) -> Int64? {
        var text = request.headers[.lastEventID]
        if text == nil { text = try request.query("last_event_id") }
        guard let text, !text.isEmpty else { return nil }
        guard let id = Int64(text), id >= 0 else {
            throw Problem(.malformed, "Last-Event-ID must be the id of an event of this stream.")
        }
        return id
    }
}
