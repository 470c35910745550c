import Configuration
package import Contracts
import Foundation

/// Reads settings by name, from options first and the environment second, and says in one line what is wrong with one.
package struct SettingsReader: Sendable {
    private let reader: ConfigReader

    package init(_ invocation: Invocation, environment: [String: String] = ProcessInfo.processInfo.environment) {
        reader = ConfigReader(providers: [
            // Not the library's provider for command lines: it takes a value with a comma for a list, and a list is no
            // text.
            InMemoryProvider(
                values: Dictionary(
                    uniqueKeysWithValues: invocation.options.map { name, value in
                        (
                            AbsoluteConfigKey(Self.key(name)),
                            ConfigValue(.string(value), isSecret: name.hasSuffix("URL"))
                        )
                    })),
            EnvironmentVariablesProvider(environmentVariables: environment),
        ])
    }

    private static func key(_ name: String) -> [String] {
        name.lowercased().split(separator: "_").map(String.init)
    }

    /// The value as written; nil when unset or empty.
    package func text(_ name: String) -> String? {
        let value = reader.string(forKey: ConfigKey(Self.key(name)), isSecret: name.hasSuffix("URL"))
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    package func number(
        _ name: String, default standard: Int, in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        guard let text = text(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default standard: Choice
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        guard let text = text(name) else { return standard }
        guard let choice = Choice(rawValue: text) else {
            throw ConfigurationError(
                "\(name) must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    package func duration(_ name: String, default standard: ISODuration) throws(ConfigurationError) -> ISODuration {
        guard let text = text(name) else { return standard }
        do {
            return try ISODuration(parsing: text)
        } catch {
            throw ConfigurationError("\(name) must be an ISO 8601 duration such as PT24H or P1D")
        }
    }

    package func timeZone(_ name: String, default standard: String) throws(ConfigurationError) -> String {
        let zone = text(name) ?? standard
        guard CivilClock.zone(named: zone) != nil else {
            throw ConfigurationError("\(name) must be the IANA name of a time zone, such as Europe/Berlin")
        }
        return zone
    }
}
