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
    package let partitions: Int
    package let owned: [Partition]
    package let timeZone: String
    package let trustedUsers: Set<String>
    package let maxMessageBytes: Int
    package let ledger: LedgerSettings
    package let logLevel: Logger.Level
    package let logFormat: LogFormat
    package let crashPoint: CrashPlan?

    package init(_ reader: SettingsReader, defaultPort: Int) throws(ConfigurationError) {
        if let authority = reader.text("AMQP_CA"), !FileManager.default.isReadableFile(atPath: authority) {
            throw ConfigurationError("AMQP_CA: the file \(authority.quoted) cannot be read")
        }
        do {
            endpoint = try BrokerEndpoint(
                url: reader.text("AMQP_URL") ?? "amqp://guest:guest@127.0.0.1:5672/",
                certificateAuthorityFile: reader.text("AMQP_CA"))
        } catch {
            throw ConfigurationError("AMQP_URL: \(error.detail)")
        }
        dataDirectory = reader.text("DATA_DIR") ?? "./data"
        httpHost = reader.text("HTTP_HOST") ?? "127.0.0.1"
        httpPort = try reader.number("HTTP_PORT", default: defaultPort, in: 0...65535)
        partitions = try reader.number("PARTITIONS", default: 1, in: Limits.partitions)
        owned = try Self.owned(reader.text("OWNED_PARTITIONS"), of: partitions)
        timeZone = try reader.timeZone("TIME_ZONE", default: "UTC")
        let trusted = reader.text("TRUSTED_AMQP_USERS")?.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard trusted?.contains("") != true else {
            throw ConfigurationError("TRUSTED_AMQP_USERS must be names of broker users, separated by commas")
        }
        trustedUsers = Set(trusted ?? [endpoint.user])
        maxMessageBytes = try reader.number(
            "MAX_MESSAGE_BYTES", default: Limits.maxMessageBytes, in: 4096...(128 << 20))
        let retention = try reader.duration("OUTBOX_RETENTION", default: ISODuration(time: .seconds(86_400)))
        ledger = LedgerSettings(
            outboxRetention: .seconds(retention.days * 86_400) + retention.time,
            maxAttempts: try reader.number("MAX_ATTEMPTS", default: 10, in: 1...1_000))
        logLevel = try reader.choice("LOG_LEVEL", default: .info)
        logFormat = try reader.choice("LOG_FORMAT", default: .text)
        crashPoint = try reader.text("CRASH_POINT").map { text throws(ConfigurationError) in try CrashPlan(text) }
    }

    /// `0-3,7`, in order and without repetitions.
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
