import Logging

/// What Hummingbird logs, without two lines: when the process ends because a part of it has failed, the server is
/// cancelled in the middle of its own shutdown, and reports that as errors of its own.
struct ServerLogHandler: LogHandler {
    private var base: any LogHandler

    private static let afterCancellation: Set = [
        "Waiting on child channel: CancellationError()", "Server shutdown error: Already closed",
    ]

    init(_ base: any LogHandler) { self.base = base }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        if !Self.afterCancellation.contains("\(event.message)") { base.log(event: event) }
    }
}
