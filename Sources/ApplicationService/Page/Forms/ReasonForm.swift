import Contracts
import Pages
import Web

/// The form with the reason for a cancellation or a removal: one line, of which the volunteers will read every word.
struct ReasonForm: Sendable, Hashable {
    static let field = "reason"

    /// Without white space around it; empty for no reason.
    let reason: String

    /// A text area may have line breaks, and a reason has none: it is part of a sentence.
    init(_ form: FormBody = FormBody()) {
        reason = (form[Self.field] ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Of a cancellation; empty without a reason.
    var cancellation: [UInt8] {
        reason.isEmpty ? [] : ObjectWriter<JSONKey>.object { $0.field(.reason, reason) }
    }

    /// Of a response that the fund declines for the volunteer.
    func removal(of volunteer: ID) -> [UInt8] {
        ObjectWriter<JSONKey>.object { json in
            json.id(.volunteerID, volunteer)
            json.field(.status, ResponseStatus.declined.rawValue)
            json.field(.reason, reason.isEmpty ? nil : reason)
        }
    }

    func formValues(_ problem: Problem? = nil) -> FormValues {
        var errors: [String: String] = [:]
        if let problem {
            let item = problem.errors.first
            let isOfReason = item?.pointer == "/\(JSONKey.reason.rawValue)"
            errors[isOfReason ? Self.field : ""] = item?.code.rawValue ?? problem.code.rawValue
        }
        return FormValues([Self.field: reason], errors: errors)
    }
}
