import Contracts
import Hummingbird
import Pages
import Web

/// The search for open calls: a text, and the first and the last day of the start.
struct SearchForm: Sendable {
    /// As typed, and what is wrong with it.
    private(set) var formValues: FormValues
    private var from: Timestamp?
    private var to: Timestamp?

    /// - Parameter zone: in which the visitor's days begin.
    /// - Throws: `malformed` if the query cannot be decoded.
    init(_ request: Request, zone: ZoneRules) throws(Problem) {
        formValues = FormValues()
        for field in Field.allCases {
            let text = try request.query(field.rawValue) ?? ""
            formValues.values[field.rawValue] = text.trimmed
        }
        let text = self[.text]
        if !text.isEmpty, SearchText(text) == nil { setError(.text, "too_long") }
        from = midnight(.from, zone, addingDays: 0)
        // The API's filter has the instant before which calls start, and the form the last day.
        to = midnight(.to, zone, addingDays: 1)
        if let from, let to, to <= from { setError(.to, "bad_range") }
    }

    private enum Field: String, CaseIterable {
        case text = "q"
        case from
        case to
    }

    private subscript(_ field: Field) -> String { formValues[field.rawValue] }

    private mutating func setError(_ field: Field, _ code: String) { formValues.errors[field.rawValue] = code }

    private mutating func midnight(_ field: Field, _ zone: ZoneRules, addingDays days: Int) -> Timestamp? {
        let text = self[field]
        guard !text.isEmpty else { return nil }
        guard let date = try? CivilDate(parsing: text), let midnight = CivilTime(hour: 0, minute: 0, second: 0) else {
            setError(field, "bad_date")
            return nil
        }
        return CivilClock.timestamp(date.adding(days: days), midnight, in: zone)
    }

    var isValid: Bool { formValues.errors.isEmpty }

    func query(limit: Int, cursor: String?) -> CallQuery {
        CallQuery(
            status: .open, text: self[.text].nonempty, from: from, to: to, order: .start, limit: limit, cursor: cursor)
    }

    /// The address of the page of results that begins at a cursor.
    func address(cursor: String) -> String {
        URLPath.with(
            URLPath.openCalls,
            ["q": self[.text].nonempty, "from": self[.from].nonempty, "to": self[.to].nonempty, "cursor": cursor])
    }
}
