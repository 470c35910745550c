import Foundation
package import Logging

/// How log lines look: `LOG_FORMAT`.
package enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json

    /// Log lines go to standard error, which leaves standard output to the answers of subcommands.
    package func handler(label: String, level: Logger.Level) -> any LogHandler {
        var handler: any LogHandler =
            switch self {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        handler.logLevel = level
        return handler
    }
}

/// One JSON object a line.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private struct Line: Encodable {
        let time: String
        let level: String
        let service: String
        let message: String
        let metadata: [String: String]
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let line = Line(
            time: Date.now.ISO8601Format(), level: event.level.rawValue, service: label,
            message: event.message.description, metadata: all.mapValues { "\($0)" })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var bytes = try? encoder.encode(line) else { return }
        bytes.append(UInt8(ascii: "\n"))
        // A closed standard error must not end the service.
        try? FileHandle.standardError.write(contentsOf: bytes)
    }
}
