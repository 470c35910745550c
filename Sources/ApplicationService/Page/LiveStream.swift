import Contracts
import Hummingbird
import ServiceLifecycle
import Web

/// Tells one browser what has changed, until it goes away or the process stops (contract section 8, "The page"). The
/// browser then asks for what it shows.
struct LiveStream: Sendable {
    /// A volunteer's notifications after an id, at the latest after the wait in seconds; without an id none, and where
    /// they begin.
    typealias Notifications = @Sendable (_ last: Int64?, _ wait: Int) async throws -> EventBatch

    let changes: ApplicationChanges
    let topic: ApplicationChanges.Topic
    /// Nil for a fund.
    let notifications: Notifications?
    /// The stream begins with what has changed after this id; nil: with what changes from now on.
    let start: Int64?

    /// After the first event of a burst, the others are sent together.
    private static let interval: Duration = .milliseconds(250)
    /// Before NotifierService is asked again, after the first request in vain.
    private static let pause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(4)

    static let headers: HTTPFields = EventStream.headers.filter { $0.name != .vary }

    /// - Parameter place: the stream's, held until it ends.
    func response(to request: Request, holding place: StreamPlace) -> Response {
        var headers = Self.headers
        // What watches for the client's disconnection ends with the stream, and the connection with it.
        headers[.connection] = "close"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [self] writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await send(to: &writer)
                    // The process is stopping: the client is to read an end.
                    try await writer.finish(nil)
                }
                withExtendedLifetime(place) {}
            })
    }

    /// - Throws: `CancellationError` if the client has gone away.
    @concurrent private func send(to writer: inout any ResponseBodyWriter) async throws {
        let signal = LiveSignal()
        let reader = ChangeReader(of: topic, after: start ?? changes.last) { signal.add(.changes) }
        try await withGracefulShutdownHandler {
            try await changes.withReader(reader, isStream: true) {
                try await withThrowingDiscardingTaskGroup { group in
                    group.addTask { await beat(signal) }
                    if let notifications { group.addTask { await watch(notifications, signal) } }
                    try await send(to: &writer, reader, signal)
                    group.cancelAll()
                }
            }
        } onGracefulShutdown: {
            signal.finish()
        }
        try Task.checkCancellation()
    }

    @concurrent private func send(
        to writer: inout any ResponseBodyWriter, _ reader: ChangeReader, _ signal: LiveSignal
    ) async throws {
        try await writer.write(ByteBuffer(bytes: ServerSentEvents.start(after: reader.position)))
        repeat {
            while let bytes = next(reader, signal) {
                try await writer.write(ByteBuffer(bytes: bytes))
                try await Task.sleep(for: Self.interval)
            }
        } while await signal.wait()
    }

    /// The events that are there now, or a heartbeat if it is time for one.
    private func next(_ reader: ChangeReader, _ signal: LiveSignal) -> [UInt8]? {
        let reasons = signal.take()
        let batch = changes.next(for: reader)
        let events = [LiveEvent(batch), reasons.contains(.messages) ? .messages : nil].compactMap(\.self)
        if !events.isEmpty { return events.flatMap { $0.bytes(id: batch.last) } }
        return reasons.contains(.heartbeat) ? ServerSentEvents.heartbeat : nil
    }

    private func beat(_ signal: LiveSignal) async {
        while (try? await Task.sleep(for: .seconds(EventBatch.maxWait))) != nil { signal.add(.heartbeat) }
    }

    /// Until the stream ends, or NotifierService has no such inbox.
    private func watch(_ notifications: Notifications, _ signal: LiveSignal) async {
        var last = start
        var pause = Self.pause
        while !Task.isCancelled {
            do {
                let batch = try await notifications(last, last == nil ? 0 : EventBatch.maxWait)
                pause = Self.pause
                if !batch.events.isEmpty {
                    signal.add(.messages)
                } else if last != nil, !batch.hasWaited {
                    // Too many wait for NotifierService.
                    try await Task.sleep(for: Self.pause)
                }
                last = batch.last
            } catch let problem as Problem where problem.code == .unavailable {
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            } catch {
                return
            }
        }
    }
}
