/// The format of a stream of events (`text/event-stream`, WHATWG HTML section 9.2).
package enum ServerSentEvents {
    /// How long a client waits before it connects again, in milliseconds; and the id of the last event before the
    /// stream, with which it resumes if the connection is lost before the first event.
    /// - Parameter last: nil for a client that knows it.
    package static func start(after last: Int64?) -> [UInt8] {
        Array("retry: 3000\n\(last.map { "id: \($0)\n" } ?? "")\n".utf8)
    }

    /// An event without a name, which `EventSource.onmessage` receives. Its data is one line.
    package static func event(_ event: EventBatch.Event) -> [UInt8] {
        Array("id: \(event.id)\ndata: ".utf8) + event.json + Array("\n\n".utf8)
    }

    /// A comment. It shows proxies and the client that the connection is alive, and the service when it is not.
    package static let heartbeat = Array(": heartbeat\n\n".utf8)
}
