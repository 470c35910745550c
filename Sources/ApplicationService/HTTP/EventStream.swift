import Hummingbird
import ServiceLifecycle
import Web

/// Sends the events of one stream to its client until the last event, or until the client or this process goes away.
/// A client that does not read is cut off by the connection's own deadline.
struct EventStream: Sendable {
    /// The events after an id, at the latest after the wait in seconds; empty if there are none by then.
    typealias Source = @Sendable (_ last: Int64, _ wait: Int) async throws -> EventBatch

    let source: Source
    /// The events that were there when the stream was opened.
    let first: EventBatch
    /// Whether the client already knows where the stream begins.
    let isResumed: Bool

    /// While the service that knows the events does not answer, or has too many streams to let this one wait.
    private static let pause: Duration = .seconds(1)

    /// - Parameter place: the stream's, held until it ends.
    func response(to request: Request, holding place: StreamPlace) -> Response {
        var headers = Self.headers
        // What watches for the client's disconnection ends with the stream, and the connection with it.
        headers[.connection] = "close"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [self] writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    do {
                        try await send(to: &writer)
                    } catch is CancellationError where !Task.isCancelled {
                        // The process is stopping: the client is to read an end.
                    }
                    try await writer.finish(nil)
                }
                withExtendedLifetime(place) {}
            })
    }

    static let headers: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store", .xAccelBuffering: "no",
        .vary: "Authorization",
    ]

    @concurrent private func send(to writer: inout any ResponseBodyWriter) async throws {
        let start = ServerSentEvents.start(after: isResumed || !first.events.isEmpty ? nil : first.last)
        try await writer.write(ByteBuffer(bytes: start + Self.bytes(of: first)))
        var batch = first
        var written = ContinuousClock.now
        while !batch.isLast {
            guard let next = try await next(after: batch.last) else { return }
            batch = next
            if !batch.events.isEmpty {
                try await writer.write(ByteBuffer(bytes: Self.bytes(of: batch)))
                written = .now
            } else if batch.hasWaited || ContinuousClock.now - written >= .seconds(EventBatch.maxWait) {
                try await writer.write(ByteBuffer(bytes: ServerSentEvents.heartbeat))
                written = .now
            }
        }
    }

    /// - Returns: nil if what the stream is about is gone.
    private func next(after last: Int64) async throws -> EventBatch? {
        // A stop of this process waits for no event.
        try await cancelWhenGracefulShutdown { [source] in
            do {
                let batch = try await source(last, EventBatch.maxWait)
                if batch.events.isEmpty, !batch.isLast, !batch.hasWaited { try await Task.sleep(for: Self.pause) }
                return batch
            } catch let problem as Problem {
                guard problem.code == .unavailable else { return nil }
                try await Task.sleep(for: Self.pause)
                return EventBatch(last: last)
            }
        }
    }

    private static func bytes(of batch: EventBatch) -> [UInt8] { batch.events.flatMap(ServerSentEvents.event) }
}
