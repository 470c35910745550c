import Contracts
import Pages
import Web

/// The form that publishes or changes a call: between what the visitor types and what the API takes.
struct CallForm: Sendable, Hashable {
    /// As typed, without white space around them. A field that the form does not have is absent.
    private(set) var values: [CallField: String]

    init(_ form: FormBody) {
        values = [:]
        for field in CallField.allCases {
            guard let text = form[field.rawValue] else { continue }
            values[field] = text.trimmed
        }
    }

    /// A form with the values of a call.
    init(_ call: Call) {
        let schedule = call.schedule
        values = [
            .name: call.name, .details: call.details, .date: schedule.date.description,
            .start: Self.shown(schedule.startTime), .end: Self.shown(schedule.endTime), .timeZone: schedule.timeZone,
            .spots: String(call.spots),
        ]
    }

    /// An empty form.
    /// - Parameter timeZone: the visitor's.
    init(timeZone: String) {
        values = [.timeZone: timeZone]
    }

    private init(values: [CallField: String]) {
        self.values = values
    }

    subscript(_ field: CallField) -> String? { values[field] }

    /// The fields whose values differ from those of the call.
    func changes(of call: Call) -> CallForm {
        let before = CallForm(call)
        return CallForm(values: values.filter { field, value in Self.api(value, field) != before.api(field) })
    }

    func only(_ field: CallField) -> CallForm { CallForm(values: values.filter { $0.key == field }) }

    var isEmpty: Bool { values.isEmpty }

    /// These values, and those of another form for the fields that this one does not have.
    func over(_ other: CallForm) -> CallForm { CallForm(values: other.values.merging(values) { $1 }) }

    /// The call as it will be with these values, which are valid.
    func changed(_ call: Call) -> Call {
        var call = call
        call.name = values[.name] ?? call.name
        call.details = values[.details] ?? call.details
        call.spots = values[.spots].flatMap { Int($0) } ?? call.spots
        call.schedule = ApplicationSchedule(
            date: date ?? call.schedule.date, startTime: time(.start) ?? call.schedule.startTime,
            endTime: time(.end) ?? call.schedule.endTime, timeZone: values[.timeZone] ?? call.schedule.timeZone)
        call.startsAt = call.schedule.startsAt
        call.endsAt = call.schedule.endsAt
        return call
    }

    /// The day of the start, if it is one.
    private var date: CivilDate? { values[.date].flatMap { try? CivilDate(parsing: $0) } }

    private func time(_ field: CallField) -> CivilTime? { api(field).flatMap { try? CivilTime(parsing: $0) } }

    /// The instant of the start, if all values that it follows from are valid.
    var startsAt: Timestamp? {
        guard let date, let time = time(.start), let zone = values[.timeZone].flatMap({ CivilClock.zone(named: $0) })
        else { return nil }
        return CivilClock.timestamp(date, time, in: zone)
    }

    func formValues(errors: [String: String] = [:]) -> FormValues {
        FormValues(
            Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) }), errors: errors)
    }

    // MARK: - Typed and sent

    /// Forms have times to the minute.
    private static func shown(_ time: CivilTime) -> String {
        time.second == 0 ? String(time.description.prefix(5)) : time.description
    }

    private func api(_ field: CallField) -> String? { values[field].map { Self.api($0, field) } }

    /// The value as the API writes it.
    private static func api(_ value: String, _ field: CallField) -> String {
        switch field {
        case .start, .end: value.utf8.count == 5 ? value + ":00" : value
        case .spots: Int(value).map { String($0) } ?? value
        case .name, .details, .date, .timeZone: value
        }
    }

    /// The body of the API's create or update with these values. Empty values are left out, because the API has a
    /// default or an error for them; except that a call can be left without details.
    func body(isCreate: Bool) -> [UInt8] {
        ObjectWriter<JSONKey>.object { json in
            for field in CallField.allCases {
                guard let value = api(field), !value.isEmpty || field == .details || !isCreate else { continue }
                if field == .spots, let number = Int(value) {
                    json.field(field.key, number)
                } else {
                    json.field(field.key, value)
                }
            }
        }
    }
}

extension CallField {
    /// The field of the API.
    var key: JSONKey {
        switch self {
        case .name: .name
        case .details: .description
        case .date: .date
        case .start: .startTime
        case .end: .endTime
        case .timeZone: .timeZone
        case .spots: .spots
        }
    }

    /// The field that an error of the API is about; nil for another one.
    init?(pointer: String) {
        guard let field = Self.allCases.first(where: { "/\($0.key.rawValue)" == pointer }) else { return nil }
        self = field
    }
}
