import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Web

/// One call as its fund sees it, and the form that changes it: first the page says what will happen, and then the fund
/// confirms it.
extension PageController {
    /// `/calls/{id}`
    func fundCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        return try await show(request, context) { api in
            async let notice = request.notice(by: api)
            let call = try await api.call(id)
            return FundCallPage(call: call, form: CallForm(call).formValues(), notice: try await notice)
        }
    }

    /// POST of `/calls/{id}`
    func changeCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let form = CallForm(context.form)
        guard context.form["confirmed"] == nil else { return try await confirmChange(form, request, context) }
        let call = try await api(for: context).call(try context.id())
        if let tag = context.form[Self.tag], tag != call.tag { return try await changedSince(request, context) }
        let changes = form.changes(of: call)
        guard !changes.isEmpty else { return .seeOther(URLPath.call(call.id)) }
        let errors = changes.errorsOfChange
        guard errors.isEmpty else {
            return try await show(request, context, status: .unprocessableContent) { _ in
                FundCallPage(call: call, form: form.formValues(errors: errors))
            }
        }
        return try await show(request, context) { _ in
            ReviewPage(
                call: call, changed: changes.formValues(), changedCall: changes.changed(call), key: .random())
        }
    }

    /// The second step: the form has the changed fields, and the tag of the call that the fund has seen.
    private func confirmChange(
        _ form: CallForm, _ request: Request, _ context: PageRequestContext
    ) async throws -> Response {
        let id = try context.id()
        let key = try FormKey(context.form)
        do {
            let operation = try await change(
                id, form.body(isCreate: false), key: key, seen: context.form[Self.tag], api(for: context))
            return seeOther(URLPath.call(id), after: operation)
        } catch let problem as Problem {
            switch problem.code {
            case .preconditionFailed: return try await changedSince(request, context)
            case .validation: return try await refused(CallForm.errors(of: problem), request, context, form)
            default: return try await refused(problem, request, context)
            }
        }
    }

    /// Sends the change on condition that the call is what the fund has seen. The tag of the API also covers the
    /// counts; a response that arrives at the same time is no reason to refuse the change, so it is tried again.
    private func change(
        _ id: ID, _ body: [UInt8], key: FormKey, seen: String?, _ api: PageAPI
    ) async throws -> PageOperation {
        for _ in 0..<Self.maxTries {
            let (call, tag) = try await api.versionedCall(id)
            let isSeen = seen == nil || seen == call.tag
            do {
                // A double click finds the call changed by the first one. The API answers it before any condition, so
                // it is sent with one that no other command meets.
                return try await api.command(
                    .patch, APIPath.application(id), body, key: key, onlyIf: isSeen ? tag : Self.tagOfNothing)
            } catch let problem as Problem where isSeen && problem.code == .preconditionFailed {
                continue
            }
        }
        throw Problem.unavailable("The call changes all the time.", retryAfter: .seconds(1))
    }

    /// The hidden field with ``Call/tag``.
    private static let tag = "tag"
    private static let tagOfNothing = EntityTag("").headerValue
    /// A call to which more people respond at the same moment is rare.
    private static let maxTries = 5

    // MARK: - What the fund sees instead

    private func changedSince(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        try await refused(Problem(.preconditionFailed, "The call has changed."), request, context)
    }

    /// The call as it is now, with the form as it was typed.
    private func refused(
        _ errors: [String: String], _ request: Request, _ context: PageRequestContext, _ form: CallForm
    ) async throws -> Response {
        let id = try context.id()
        return try await show(request, context, status: .unprocessableContent) { api in
            let call = try await api.call(id)
            return FundCallPage(call: call, form: form.over(CallForm(call)).formValues(errors: errors))
        }
    }

    /// The call as it is now, and why the command was refused.
    func refused(_ problem: Problem, _ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        return try await show(request, context, status: problem.status) { api in
            let call = try await api.call(id)
            let notice = Notice.refused(code: problem.code.rawValue)
            return FundCallPage(call: call, form: CallForm(call).formValues(), notice: notice)
        }
    }
}
