import Pages
import Web
import Wording

/// The form of the visitor's language and time zone.
struct SettingsForm: Sendable, Hashable {
    let language: String
    let timeZone: String

    private enum Field: String {
        case language
        case timeZone = "time_zone"
    }

    init(_ form: FormBody) {
        language = (form[Field.language.rawValue] ?? "").trimmed
        timeZone = (form[Field.timeZone.rawValue] ?? "").trimmed
    }

    /// The form as it is first shown.
    init(_ settings: VisitorSettings) {
        language = settings.language.rawValue
        timeZone = settings.zoneName
    }

    /// What the visitor has chosen; nil if that does not exist.
    func settings(changing settings: VisitorSettings) -> VisitorSettings? {
        var settings = settings
        guard let language = Language(rawValue: language), settings.setZone(timeZone) else { return nil }
        settings.language = language
        return settings
    }

    /// With what is wrong.
    func formValues() -> FormValues {
        var errors: [String: String] = [:]
        if Language(rawValue: language) == nil { errors[Field.language.rawValue] = "unknown_language" }
        var settings = VisitorSettings()
        if !settings.setZone(timeZone) { errors[Field.timeZone.rawValue] = "unknown_zone" }
        return FormValues([Field.language.rawValue: language, Field.timeZone.rawValue: timeZone], errors: errors)
    }
}
