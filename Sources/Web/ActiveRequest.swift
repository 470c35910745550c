package import Hummingbird
package import Logging
import Synchronization

/// The request that the current task answers: its id, for everything that it logs, and its caller, for the access log.
package final class ActiveRequest: Sendable {
    @TaskLocal static var current: ActiveRequest?

    let id: RequestID
    private let authenticated = Mutex<Caller?>(nil)
    private let shownPath = Mutex<String?>(nil)

    init(id: RequestID) {
        self.id = id
    }

    /// Set by ``identify(_:)``.
    var caller: Caller? {
        get { authenticated.withLock { $0 } }
        set { authenticated.withLock { $0 = newValue } }
    }

    /// The path for the access log; nil for the request's own.
    var path: String? { shownPath.withLock { $0 } }

    /// Logs the current task's request with another path, because its own contains a secret.
    package static func hidePath(as path: String) { current?.shownPath.withLock { $0 = path } }

    /// Names the caller of the current task's request, for the access log.
    package static func identify(_ caller: Caller) { current?.caller = caller }

    /// Runs `body` for a request that another process has received, under the id that it has there.
    package static func run<Value>(
        _ request: Request, of caller: Caller, _ body: () async throws -> Value
    ) async rethrows -> Value {
        let active = ActiveRequest(id: request.headers[.requestID].flatMap { RequestID($0) } ?? RequestID())
        active.caller = caller
        return try await $current.withValue(active, operation: body)
    }

    /// Adds the id of the current task's request to each line of the log.
    package static let metadataProvider = Logger.MetadataProvider {
        current.map { [LogKey.requestID: "\($0.id)"] } ?? [:]
    }
}
