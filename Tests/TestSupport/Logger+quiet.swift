package import Logging

extension Logger {
    /// Discards everything.
    package static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}
