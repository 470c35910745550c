package import Logging
import Synchronization

/// The request that the current task answers: its id, for everything that it logs, and its caller, for the access log.
package final class ActiveRequest: Sendable {
    @TaskLocal static var current: ActiveRequest?

    let id: RequestID
    private let authenticated = Mutex<Caller?>(nil)

    init(id: RequestID) {
        self.id = id
    }

    /// Set by ``Authenticator``.
    var caller: Caller? {
        get { authenticated.withLock { $0 } }
        set { authenticated.withLock { $0 = newValue } }
    }

    /// Adds the id of the current task's request to each line of the log.
    package static let metadataProvider = Logger.MetadataProvider {
        current.map { [LogKey.requestID: "\($0.id)"] } ?? [:]
    }
}
