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
    package let owned: [Partition]
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
        owned = try Self.owned(try reader.text(.ownedPartitions), of: partitions)
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

    /// The partitions named by text such as `0-3,7`, in order, each once.
    static func owned(_ text: String?, of count: Int) throws(ConfigurationError) -> [Partition] {
        guard let text, text != "all" else { return (0..<count).map { Partition(number: $0) } }
        var numbers: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
                first >= 0, last < count
            else {
                throw ConfigurationError("OWNED_PARTITIONS must name partitions from 0 to \(count - 1), as in 0-3,7")
            }
            numbers.formUnion(first...last)
        }
        return numbers.sorted().map { Partition(number: $0) }
    }
}
