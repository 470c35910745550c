import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

@testable import Web

/// A request as it comes out of the decoder, without a body.
func request(
    _ method: HTTPRequest.Method = .get, _ path: String = "/", authority: String? = "localhost:8080",
    _ headers: HTTPFields = [:]
) -> Request {
    Request(
        head: HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: headers),
        body: RequestBody(buffer: ByteBuffer()))
}

/// Several fields of one name.
func fields(_ name: HTTPField.Name, _ values: String...) -> HTTPFields {
    HTTPFields(values.map { HTTPField(name: name, value: $0) })
}

/// A clock that stands until it is set.
final class StandingClock<Instant: Sendable>: Sendable {
    private let instant: Mutex<Instant>

    init(_ instant: Instant) {
        self.instant = Mutex(instant)
    }

    var now: Instant {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }
}

extension Logger {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
