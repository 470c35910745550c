import Contracts

/// The fields of the forms that publish and change a call, and the summary of what is wrong with them.
struct CallForm {
    private let form: FormValues
    private let context: PageContext

    /// Suggested beside the visitor's own: the zones of Russia.
    private static let zones = [
        "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk",
        "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
    ]

    /// - Parameter call: the call that is changed, whose values the fields have unless others were typed; nil for a new
    ///   one.
    init(_ form: FormValues, of call: Call?, in context: PageContext) {
        let initial = call.map(Self.values) ?? [CallField.timeZone.rawValue: context.zoneName]
        var form = form.explained
        form.values.merge(initial) { typed, _ in typed }
        self.form = form
        self.context = context
    }

    private static func values(of call: Call) -> [String: String] {
        let values: [CallField: String] = [
            .name: call.name, .details: call.details, .date: call.schedule.date.description,
            .start: clock(call.schedule.startTime), .end: clock(call.schedule.endTime),
            .timeZone: call.schedule.timeZone, .spots: String(call.spots),
        ]
        return Dictionary(uniqueKeysWithValues: values.map { ($0.rawValue, $1) })
    }

    /// `14:00`, or `14:00:30`: without its seconds an unchanged time would count as changed.
    private static func clock(_ time: CivilTime) -> String {
        time.second == 0 ? String(time.description.prefix(5)) : time.description
    }

    /// Nil if nothing is wrong.
    var summary: HTML? {
        let words = context.texts.words.fund.form
        return ErrorSummary(
            form: form,
            fields: [
                "name": words.name, "details": words.details, "date": words.date, "start": words.start,
                "end": words.end, "time_zone": words.timeZone, "spots": words.spots,
            ]
        ).html(in: context)
    }

    var fields: HTML {
        let words = context.texts.words.fund.form
        let zones = [context.zoneName] + Self.zones.filter { $0 != context.zoneName }
        return """
            \(field(.name, words.name, words.nameHint, .input("text")) { $0.maxLength = Limits.name.upperBound })
            \(field(.details, words.details, words.detailsHint, .area) {
                $0.isRequired = false
                $0.maxLength = Limits.description.upperBound
            })
            <fieldset class="fields"><legend>\(words.when)</legend>
            \(field(.date, words.date, nil, .input("date")))
            <div><div class="pair">\(field(.start, words.start, nil, .input("time")))\
            \(field(.end, words.end, nil, .input("time")))</div><p class="hint">\(words.endHint)</p></div>
            \(field(.timeZone, words.timeZone, words.timeZoneHint, .input("text")) {
                $0.autocomplete = "off"
                $0.list = "zones"
            })
            <datalist id="zones">\(zones.map { "<option value=\"\($0)\"></option>" as HTML })</datalist></fieldset>
            \(field(.spots, words.spots, words.spotsHint, .input("number")) {
                $0.min = String(Limits.spots.lowerBound)
                $0.max = String(Limits.spots.upperBound)
            })
            """
    }

    private func field(
        _ field: CallField, _ label: String, _ hint: String?, _ kind: FormField.Kind,
        with change: (inout FormField) -> Void = { _ in }
    ) -> HTML {
        var field = FormField(field.rawValue, label: label, hint: hint, kind)
        field.isRequired = true
        change(&field)
        return field.html(form, in: context)
    }
}
