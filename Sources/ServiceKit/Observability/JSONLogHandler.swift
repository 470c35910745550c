import Contracts
import Foundation
import Logging

/// Writes one JSON object per line.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, metadataProvider: Logger.MetadataProvider?) {
        self.label = label
        self.metadataProvider = metadataProvider
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // A closed standard error must not end the service.
        try? FileHandle.standardError.write(contentsOf: line(of: event, at: .now()))
    }

    func line(of event: LogEvent, at time: Timestamp) -> [UInt8] {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        return ObjectWriter<Key>.object { line in
            line.field("time", time.description)
            line.field("level", event.level.rawValue)
            line.field("service", label)
            line.field("message", event.message.description)
            line.object("metadata") { metadata in
                for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                    metadata.field(Key(rawValue: key), value.description)
                }
            }
        } + [UInt8(ascii: "\n")]
    }

    /// The name of a field; those of the metadata are not known beforehand.
    private struct Key: RawRepresentable<String>, ExpressibleByStringLiteral {
        let rawValue: String

        init(rawValue: String) {
            self.rawValue = rawValue
        }

        init(stringLiteral: String) {
            rawValue = stringLiteral
        }
    }
}
