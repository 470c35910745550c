package import Configuration
package import Contracts
import Foundation

/// Reads settings from the providers that `main` chose, the first that has a value winning. A wrong value is one line.
///
/// The typed getters of swift-configuration read a value of the wrong type as if it were missing, so values are read as
/// text and parsed here. An empty value counts as unset.
package struct SettingsReader: Sendable {
    private let reader: ConfigReader

    package init(_ providers: [any ConfigProvider]) {
        reader = ConfigReader(providers: providers)
    }

    /// The value as written, or the default; nil if the setting has neither. A secret may come from the file that
    /// `NAME_FILE` names.
    package func text(_ setting: Setting) throws(ConfigurationError) -> String? {
        let value = written(setting)
        guard let file = setting.file, let path = written(file) else { return value ?? setting.defaultValue }
        guard value == nil else {
            throw ConfigurationError("\(setting.name) and \(file.name) are both set; only one is allowed")
        }
        guard let bytes = FileManager.default.contents(atPath: path),
            var text = String(validating: bytes, as: UTF8.self)
        else {
            throw ConfigurationError("\(file.name): the file \(path.quoted) cannot be read as text")
        }
        // Editors and `echo` end a file with a line break.
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else { throw ConfigurationError("\(file.name): the file \(path.quoted) is empty") }
        return text
    }

    /// Whether a value was given; otherwise the default applies.
    package func isSet(_ setting: Setting) -> Bool { written(setting) != nil }

    /// The value of a provider; nil if there is none or it is empty.
    private func written(_ setting: Setting) -> String? {
        let value = reader.string(forKey: ConfigKey(Setting.key(setting.name)), isSecret: setting.isSecret)
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    package func number(_ setting: Setting, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        try value(setting, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ setting: Setting
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        try value(setting, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))") {
            Choice(rawValue: $0)
        }
    }

    package func duration(_ setting: Setting) throws(ConfigurationError) -> ISODuration {
        try value(setting, "an ISO 8601 duration such as PT24H or P1D") { try? ISODuration(parsing: $0) }
    }

    package func timeZone(_ setting: Setting) throws(ConfigurationError) -> String {
        let database = TimeZoneDatabase.system
        guard database.isInstalled else {
            throw ConfigurationError(
                "\(database.folder) has no time zones: install the package tzdata, or set TZDIR to its folder")
        }
        return try value(setting, "the IANA name of a time zone, such as Europe/Berlin") { text in
            CivilClock.zone(named: text) == nil ? nil : text
        }
    }

    /// - Parameters:
    ///   - requirement: completes the sentence "NAME must be …".
    ///   - parse: returns nil for a wrong value.
    package func value<Value>(
        _ setting: Setting, _ requirement: String, parse: (String) -> Value?
    ) throws(ConfigurationError) -> Value {
        guard let value = try text(setting).flatMap(parse) else {
            throw ConfigurationError("\(setting.name) must be \(requirement)")
        }
        return value
    }
}
