import Contracts
import Foundation
import NotifierDomain
import Web
import Wording

/// A volunteer's preferences as clients read and write them: both fields are always there, and null if nothing was
/// chosen.
struct PreferencesJSON {
    let preferences: NotificationPreferences

    private enum Key: String {
        case language
        case timeZone = "time_zone"
    }

    init(_ preferences: NotificationPreferences) {
        self.preferences = preferences
    }

    /// - Throws: `malformed` for what is no object; `validation` with the field that is wrong.
    init(parsing body: [UInt8]) throws(Problem) {
        // A command's syntax: no key occurs twice.
        guard (try? CommandBody(parsing: body)) != nil,
            let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        else { throw Problem(.malformed, "The body must be a JSON object in which no key occurs twice.") }
        preferences = NotificationPreferences(
            language: try Self.value(.language, in: object, Language.init(rawValue:), Self.languageRule),
            timeZone: try Self.value(
                .timeZone, in: object, { CivilClock.zone(named: $0) == nil ? nil : $0 },
                "must be the IANA name of a time zone, such as Europe/Moscow, or null"))
    }

    func encoded() -> [UInt8] {
        ObjectWriter<Key>.object { json in
            Self.write(.language, preferences.language?.rawValue, to: &json)
            Self.write(.timeZone, preferences.timeZone, to: &json)
        }
    }

    private static func write(_ key: Key, _ text: String?, to json: inout ObjectWriter<Key>) {
        json.field(key, text)
        if text == nil { json.json(key, Array("null".utf8)) }
    }

    private static let languageRule =
        "must be one of: \(Language.allCases.map(\.rawValue).joined(separator: ", ")), or null"

    /// Nil for null. An absent field is refused: a misspelt one would otherwise undo a choice.
    private static func value<Value>(
        _ key: Key, in object: [String: Any], _ parse: (String) -> Value?, _ rule: String
    ) throws(Problem) -> Value? {
        guard let field = object[key.rawValue] else {
            throw Problem(invalid: key.rawValue, .missingField, "is required")
        }
        if field is NSNull { return nil }
        guard let text = field as? String else { throw Problem(invalid: key.rawValue, .wrongType, rule) }
        guard let value = parse(text) else { throw Problem(invalid: key.rawValue, .badValue, rule) }
        return value
    }
}
