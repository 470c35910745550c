package import Broker
package import Contracts
import Foundation
package import Ledger
package import Logging

/// The settings that every service has, read and checked once, at the start.
package struct ServiceSettings: Sendable {
    package let endpoint: BrokerEndpoint
    package let dataDirectory: String
    package let httpHost: String
    package let httpPort: Int
    /// How long a client may stay connected without a request.
    package let httpKeepAlive: Duration
    package let partitions: Int
    package let selection: PartitionSelection
    /// Those that the process owns, or may own.
    package let owned: [Partition]
    /// Nil if the process is called after its host.
    package let processName: String?
    package let timeZone: String
    package let trustedUsers: Set<ExactString>
    package let maxMessageBytes: Int
    package let ledger: LedgerSettings
    package let logLevel: Logger.Level
    package let logFormat: LogFormat
    package let crashPoint: CrashPlan?

    package init(_ reader: SettingsReader, defaultPort: Int) throws(ConfigurationError) {
        let authority = try reader.text(.amqpCA)
        if let authority, !FileManager.default.isReadableFile(atPath: authority) {
            throw ConfigurationError("AMQP_CA: the file \(authority.quoted) cannot be read")
        }
        let url = try reader.value(.amqpURL, "a URL") { $0 }
        do {
            endpoint = try BrokerEndpoint(url: url, certificateAuthorityFile: authority)
        } catch {
            throw ConfigurationError("AMQP_URL: \(error.detail)")
        }
        dataDirectory = try reader.value(.dataDirectory, "a directory") { $0 }
        httpHost = try reader.value(.httpHost, "an address") { $0 }
        httpPort = try reader.number(.httpPort(default: defaultPort), in: 0...65535)
        httpKeepAlive = try reader.duration(.httpKeepAlive).nominal
        guard Self.keepAliveRange.contains(httpKeepAlive) else {
            throw ConfigurationError("HTTP_KEEP_ALIVE must be from PT1S to PT1H")
        }
        partitions = try reader.number(.partitions, in: Limits.partitions)
        selection = try PartitionSelection(try reader.value(.ownedPartitions, "set") { $0 }, of: partitions)
        owned = selection.partitions(of: partitions)
        processName = try reader.text(.processName).map { text throws(ConfigurationError) in
            guard let name = ProcessName(text) else {
                throw ConfigurationError("PROCESS_NAME must be 1 to 64 letters, digits, dots, hyphens and underscores")
            }
            return name.text
        }
        timeZone = try reader.timeZone(.timeZone)
        let trusted = try reader.text(.trustedUsers)?.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard trusted?.contains("") != true else {
            throw ConfigurationError("TRUSTED_AMQP_USERS must be names of broker users, separated by commas")
        }
        trustedUsers = Set((trusted ?? [endpoint.user]).map { ExactString($0) })
        maxMessageBytes = try reader.number(.maxMessageBytes, in: 4096...(128 << 20))
        ledger = LedgerSettings(
            outboxRetention: try reader.duration(.outboxRetention).nominal,
            maxAttempts: try reader.number(.maxAttempts, in: 1...1_000), retention: try Self.retention(reader))
        logLevel = try reader.choice(.logLevel)
        logFormat = try reader.choice(.logFormat)
        crashPoint = try reader.text(.crashPoint).map { text throws(ConfigurationError) in try CrashPlan(text) }
    }

    /// `RETENTION`; nil for `none`.
    private static func retention(_ reader: SettingsReader) throws(ConfigurationError) -> Duration? {
        try reader.value(.retention, "a positive ISO 8601 duration such as P365D, or none") { text in
            if text == "none" { return .some(nil) }
            guard let retention = try? ISODuration(parsing: text).nominal, retention > .zero else { return nil }
            return .some(retention)
        }
    }

    private static let keepAliveRange = Duration.seconds(1)...Duration.seconds(3_600)
}
