package import Logging

/// The format of log lines: `LOG_FORMAT`.
package enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json

    /// Log lines go to standard error; standard output is for the output of subcommands.
    package func handler(
        label: String, level: Logger.Level, metadataProvider: Logger.MetadataProvider?
    ) -> any LogHandler {
        var handler: any LogHandler =
            switch self {
            case .text: StreamLogHandler.standardError(label: label, metadataProvider: metadataProvider)
            case .json: JSONLogHandler(label: label, metadataProvider: metadataProvider)
            }
        handler.logLevel = level
        return handler
    }
}
