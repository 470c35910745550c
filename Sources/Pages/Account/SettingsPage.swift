import Contracts
import Wording

/// The visitor's language and time zone.
package struct SettingsPage: Page {
    /// With the values `language` and `time_zone`.
    package var form: FormValues
    /// Names that a mistyped time zone may stand for.
    package var zones: [String]
    package var notice: Notice?

    package init(form: FormValues, zones: [String], notice: Notice? = nil) {
        self.form = form
        self.zones = zones
        self.notice = notice
    }

    package func title(in context: PageContext) -> String {
        context.title(context.texts.words.account.settings.title, of: form)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.account.settings
        let summary = ErrorSummary(form: form, fields: ["language": words.language, "time_zone": words.timeZone])
        let suggestions: HTML? =
            zones.isEmpty ? nil : "<p>\(words.didYouMean) \(zones.joined(separator: ", "))</p>"
        return """
            <div><h1>\(words.title)</h1><p class="lead">\(words.lead)</p></div>
            \(notice.map { banner($0, in: context) })\(summary.html(in: context))
            <form class="card form" method="post" action="\(URLPath.settings)">\
            \(language(in: context))\(timeZone(in: context))\(suggestions)\
            <p class="soft">\(words.now.filled(["time": clock(in: context)]))</p>\
            <button class="button">\(words.save)</button></form>
            """
    }

    /// The time by the visitor's clock, which shows whether the time zone is right.
    private func clock(in context: PageContext) -> String {
        String(CivilClock.civil(context.now, in: context.zone).1.description.prefix(5))
    }

    private func banner(_ notice: Notice, in context: PageContext) -> HTML {
        let saved = context.texts.words.account.settings.saved
        guard notice == .done else { return NoticeBanner(notice: notice).html(in: context) }
        return "<div class=\"notice good\"><p>\(saved)</p></div>"
    }

    private func language(in context: PageContext) -> HTML {
        let words = context.texts.words.account.settings
        // Each language by its own name, so that those who cannot read the page find theirs.
        let options = Language.allCases.map { (value: $0.rawValue, name: $0.ownName) }
        return FormField("language", label: words.language, hint: words.languageHint, .choice(options))
            .html(form, in: context)
    }

    private func timeZone(in context: PageContext) -> HTML {
        let words = context.texts.words.account.settings
        var field = FormField("time_zone", label: words.timeZone, hint: words.timeZoneHint, .input("text"))
        field.maxLength = 64
        field.list = "zones"
        field.autocomplete = "off"
        let names = zones.isEmpty ? Self.commonZones : zones
        let options = names.map { name -> HTML in "<option value=\"\(name)\"></option>" }
        return "\(field.html(form, in: context))<datalist id=\"zones\">\(options)</datalist>"
    }

    /// Suggestions; every zone can be typed.
    private static let commonZones = [
        "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk",
        "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
        "Europe/London", "Europe/Berlin", "Europe/Istanbul", "Asia/Almaty", "Asia/Tbilisi", "Asia/Yerevan",
    ]
}

extension Language {
    fileprivate var ownName: String {
        switch self {
        case .ru: "Русский"
        case .en: "English"
        }
    }
}
