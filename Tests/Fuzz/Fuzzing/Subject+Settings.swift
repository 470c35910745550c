import Broker
import Configuration
import Contracts
import Foundation
import Ledger
import NotifierDomain
import ServiceKit
import WaitlistDomain

/// Every setting's value, as `NAME=value` (contract section 9).
extension Subject {
    /// Those of all three services. What they are for does not matter here.
    private static let settings =
        Setting.shared(defaultPort: 8080) + [offerFactor, offerWindow, language, reminders]
    private static let offerFactor = Setting("OFFER_FACTOR", default: "all", "")
    private static let offerWindow = Setting("OFFER_WINDOW", default: "P1D", "")
    private static let language = Setting("LANGUAGE", default: "ru", "")
    private static let reminders = Setting("REMINDERS", default: "none", "")

    static let setting = Subject(
        "setting",
        seeds: settings.map { "\($0.name)=\($0.defaultValue ?? "")" } + [
            "AMQP_URL=amqps://anna:geheim@host:5671/%2F", "AMQP_CA=/nowhere", "AMQP_CA=/etc/hostname", "DATA_DIR=/tmp",
            "HTTP_PORT=0", "HTTP_PORT=65535", "PARTITIONS=8", "PARTITIONS=1000", "OWNED_PARTITIONS=0",
            "OWNED_PARTITIONS=0-0,0", "TIME_ZONE=Europe/Berlin", "TRUSTED_AMQP_USERS=a, b,c", "MAX_MESSAGE_BYTES=4096",
            "MAX_ATTEMPTS=1000", "OUTBOX_RETENTION=P2DT1H", "LOG_LEVEL=trace", "LOG_FORMAT=json",
            "CRASH_POINT=committed:3", "OFFER_FACTOR=3", "OFFER_WINDOW=P1D", "LANGUAGE=en_US:en", "REMINDERS=none",
            "REMINDERS=P1D,PT2H,PT1M",
        ],
        pieces: settings.map { "\($0.name)=" } + ["=", ",", "-", ":", "all", "none", "0-3,7", "1,,2", "\u{1b}[31m"],
        judge: { text throws(Flaw) in
            guard let sign = text.firstIndex(of: "=") else { return "no setting" }
            let name = String(text[..<sign])
            let value = String(text[text.index(after: sign)...])
            guard let setting = settings.first(where: { $0.name == name }) else { return "no setting" }
            let environment = try outcome(of: [], [name: value])
            let option = try outcome(of: ["\(setting.option)=\(value)"], [:])
            try require(environment == option, "an option is read otherwise than its environment variable")
            let next = try outcome(of: [setting.option, value], [:])
            try require(next == option, "an option is read otherwise when its value follows")
            switch environment {
            case .taken: return "\(name) taken"
            case .refused(let complaint):
                try requireFit(complaint, about: Array(value.utf8))
                try require(complaint.hasPrefix(name), "a complaint does not name the setting")
                try require(name != "AMQP_URL" || !complaint.contains("geheim"), "a complaint says the password")
                return "\(name) refused"
            }
        })

    private enum Outcome: Equatable {
        case taken([String])
        case refused(String)
    }

    private static func outcome(
        of arguments: [String], _ environment: [String: String]
    ) throws(Flaw) -> Outcome {
        let shared: ServiceSettings
        let own: [String]
        do throws(ConfigurationError) {
            let options = try CommandLineSettings.extract(from: arguments, known: settings).settings
            let reader = SettingsReader(
                [options.provider, EnvironmentVariablesProvider(environmentVariables: environment)])
            shared = try ServiceSettings(reader, defaultPort: 8080)
            own = try ownSettings(reader)
        } catch {
            return .refused(error.description)
        }
        try require((0...65535).contains(shared.httpPort), "there is no such port")
        try require(Limits.partitions.contains(shared.partitions), "there are no so many partitions")
        let numbers = shared.owned.map(\.number)
        try require(!numbers.isEmpty && numbers == Set(numbers).sorted(), "owned partitions are not in order, or none")
        try require(numbers.allSatisfy { (0..<shared.partitions).contains($0) }, "a partition is owned that is none")
        try require(CivilClock.zone(named: shared.timeZone) != nil, "a time zone is none")
        try require(
            !shared.trustedUsers.isEmpty && !shared.trustedUsers.contains(""), "nobody is trusted, or who has no name")
        try require((4096...(128 << 20)).contains(shared.maxMessageBytes), "a limit is out of range")
        try require((1...1000).contains(shared.ledger.maxAttempts), "a number of attempts is out of range")
        try require(shared.ledger.outboxRetention >= .zero, "a retention is negative")
        return .taken(
            [
                shared.endpoint.description, shared.dataDirectory, shared.httpHost, "\(shared.httpPort)",
                "\(shared.partitions)", "\(numbers)", shared.timeZone, "\(shared.trustedUsers.sorted())",
                "\(shared.maxMessageBytes)", "\(shared.ledger.outboxRetention)", "\(shared.ledger.maxAttempts)",
                "\(shared.logLevel)", shared.logFormat.rawValue, "\(shared.crashPoint == nil)",
            ] + own)
    }

    /// Those that only one of the services has.
    private static func ownSettings(_ reader: SettingsReader) throws(ConfigurationError) -> [String] {
        let window = try reader.duration(offerWindow)
        guard let factor = OfferPolicy.Factor(parsing: reader.text(offerFactor) ?? "") else {
            throw ConfigurationError("OFFER_FACTOR")
        }
        guard let language = Language(parsing: reader.text(language) ?? "") else {
            throw ConfigurationError("LANGUAGE")
        }
        guard let plan = ReminderPlan(parsing: reader.text(reminders) ?? ""),
            plan.leads.count <= ReminderPlan.limit
        else { throw ConfigurationError("REMINDERS") }
        return ["\(window)", "\(factor)", language.rawValue, "\(plan.leads)"]
    }
}
