import Contracts
import Pages
import Web

/// What is wrong with the values, by field: the codes of the API. The API names one wrong field at a time, and a form
/// names them all, so each field is checked by itself, by the same rules.
extension CallForm {
    /// - Parameter now: the API publishes a call that has started already, and no volunteer would see it.
    func errorsOfNewCall(now: Timestamp) -> [String: String] {
        var errors = errorsOfChange
        for field in Self.requiredFields where self[field] == nil {
            errors[field.rawValue] = Problem.Item.Code.missingField.rawValue
        }
        if errors.isEmpty, let start = startsAt, start <= now { errors[CallField.date.rawValue] = Self.startIsOver }
        return errors
    }

    private static let requiredFields: [CallField] = [.name, .date, .start, .end, .spots]

    /// The code of a start that is over.
    static let startIsOver = "in_the_past"

    /// Those that are no valid values at all.
    var errorsOfChange: [String: String] {
        var errors: [String: String] = [:]
        for (field, value) in values {
            // Only the details may be empty.
            let isMissing = value.isEmpty && field != .details
            errors[field.rawValue] = isMissing ? Problem.Item.Code.missingField.rawValue : only(field).error
        }
        return errors
    }

    /// The error of a form with a single field; nil if the API takes it.
    private var error: String? {
        do {
            _ = try CommandBody(parsing: body(isCreate: false)).update(of: .trusted("0"))
            return nil
        } catch {
            return (Problem(error).errors.first?.code ?? .badValue).rawValue
        }
    }

    /// The errors of a problem of the API by the form's fields; an error of what the form does not have is one of the
    /// whole form.
    static func errors(of problem: Problem) -> [String: String] {
        guard !problem.errors.isEmpty else { return ["": problem.code.rawValue] }
        return Dictionary(
            problem.errors.map { (CallField(pointer: $0.pointer)?.rawValue ?? "", $0.code.rawValue) }
        ) { first, _ in first }
    }
}
