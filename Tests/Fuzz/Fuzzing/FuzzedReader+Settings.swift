import Broker
import Configuration
import Contracts
import Foundation
import Ledger
import NotifierDomain
import ServiceKit
import WaitlistDomain
import Wording

/// The value of every setting, as `NAME=value` (contract section 9).
extension FuzzedReader {
    /// The settings of all three services, without their help texts.
    private static let settings =
        Setting.shared(defaultPort: 8080) + [offerFactor, offerWindow, language, reminders]
    private static let offerFactor = Setting("OFFER_FACTOR", default: "all", "")
    private static let offerWindow = Setting("OFFER_WINDOW", default: "P1D", "")
    private static let language = Setting("LANGUAGE", default: "ru", "")
    private static let reminders = Setting("REMINDERS", default: "none", "")

    static let setting = FuzzedReader(
        "setting",
        seeds: settings.map { "\($0.name)=\($0.defaultValue ?? "")" } + [
            "AMQP_URL=amqps://anna:geheim@host:5671/%2F", "AMQP_CA=/nowhere", "AMQP_CA=/etc/hostname", "DATA_DIR=/tmp",
            "HTTP_PORT=0", "HTTP_PORT=65535", "PARTITIONS=8", "PARTITIONS=1000", "OWNED_PARTITIONS=0",
            "OWNED_PARTITIONS=0-0,0", "OWNED_PARTITIONS=all", "OWNED_PARTITIONS=1/3", "PROCESS_NAME=host-2",
            "TIME_ZONE=Europe/Berlin", "TRUSTED_AMQP_USERS=a, b,c", "MAX_MESSAGE_BYTES=4096",
            "MAX_ATTEMPTS=1000", "OUTBOX_RETENTION=P2DT1H", "LOG_LEVEL=trace", "LOG_FORMAT=json",
            "CRASH_POINT=committed:3", "OFFER_FACTOR=3", "OFFER_WINDOW=P1D", "LANGUAGE=en_US:en", "REMINDERS=none",
            "REMINDERS=P1D,PT2H,PT1M",
        ],
        tokens: settings.map { "\($0.name)=" } + ["=", ",", "-", ":", "all", "none", "0-3,7", "1,,2", "\u{1b}[31m"],
        check: { text throws(Violation) in
            guard let sign = text.firstIndex(of: "=") else { return "no setting" }
            let name = String(text[..<sign])
            let value = String(text[text.index(after: sign)...])
            guard let setting = settings.first(where: { $0.name == name }) else { return "no setting" }
            let environment = try outcome(of: [], [name: value])
            let option = try outcome(of: ["\(setting.option)=\(value)"], [:])
            try require(environment == option, "an option and its environment variable give different results")
            let next = try outcome(of: [setting.option, value], [:])
            try require(next == option, "the two forms of an option give different results")
            switch environment {
            case .accepted: return "\(name) accepted"
            case .rejected(let error):
                try requirePresentable(error, about: Array(value.utf8))
                try require(error.hasPrefix(name), "an error text does not name the setting")
                try require(name != "AMQP_URL" || !error.contains("geheim"), "an error text contains the password")
                return "\(name) rejected"
            }
        })

    private enum Outcome: Equatable {
        case accepted([String])
        case rejected(String)
    }

    private static func outcome(
        of arguments: [String], _ environment: [String: String]
    ) throws(Violation) -> Outcome {
        let shared: ServiceSettings
        let own: [String]
        do throws(ConfigurationError) {
            let options = try CommandLineSettings.extract(from: arguments, known: settings).settings
            let reader = SettingsReader(
                [options.provider, EnvironmentVariablesProvider(environmentVariables: environment)])
            shared = try ServiceSettings(reader, defaultPort: 8080)
            own = try ownSettings(reader)
        } catch {
            return .rejected(error.description)
        }
        try require((0...65535).contains(shared.httpPort), "a port is out of range")
        try require(Limits.partitions.contains(shared.partitions), "a number of partitions is out of range")
        let numbers = shared.owned.map(\.number)
        try require(!numbers.isEmpty && numbers == Set(numbers).sorted(), "owned partitions are empty or not sorted")
        try require(numbers.allSatisfy { (0..<shared.partitions).contains($0) }, "an owned partition is out of range")
        try require(CivilClock.zone(named: shared.timeZone) != nil, "a time zone is unknown")
        try require(
            !shared.trustedUsers.isEmpty && !shared.trustedUsers.contains(""),
            "trusted users are empty, or one has no name")
        try require((4096...(128 << 20)).contains(shared.maxMessageBytes), "a limit is out of range")
        try require((1...1000).contains(shared.ledger.maxAttempts), "a number of attempts is out of range")
        try require(shared.ledger.outboxRetention >= .zero, "a retention is negative")
        return .accepted(
            [
                shared.endpoint.description, shared.dataDirectory, shared.httpHost, "\(shared.httpPort)",
                "\(shared.partitions)", "\(numbers)", shared.timeZone, "\(shared.trustedUsers.sorted())",
                "\(shared.maxMessageBytes)", "\(shared.ledger.outboxRetention)", "\(shared.ledger.maxAttempts)",
                "\(shared.logLevel)", shared.logFormat.rawValue, "\(shared.crashPoint == nil)",
            ] + own)
    }

    /// The settings that only one service has.
    private static func ownSettings(_ reader: SettingsReader) throws(ConfigurationError) -> [String] {
        let window = try reader.duration(offerWindow)
        guard let factor = OfferPolicy.Factor(parsing: try reader.text(offerFactor) ?? "") else {
            throw ConfigurationError("OFFER_FACTOR")
        }
        guard let language = Language(parsing: try reader.text(language) ?? "") else {
            throw ConfigurationError("LANGUAGE")
        }
        guard let plan = ReminderPlan(parsing: try reader.text(reminders) ?? ""),
            plan.leads.count <= ReminderPlan.limit
        else { throw ConfigurationError("REMINDERS") }
        return ["\(window)", "\(factor)", language.rawValue, "\(plan.leads)"]
    }
}
