import Foundation
import Logging

/// Writes one JSON object per line.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

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
        // Strings always encode, and a closed standard error must not end the service.
        guard var bytes = try? Self.encoder.encode(line) else { return }
        bytes.append(UInt8(ascii: "\n"))
        try? FileHandle.standardError.write(contentsOf: bytes)
    }
}
