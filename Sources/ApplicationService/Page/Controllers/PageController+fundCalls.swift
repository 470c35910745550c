import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Web

/// A fund's own calls: their list, and the form that publishes one.
extension PageController {
    /// `/calls`
    func fundCalls(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let status = try request.query("status").flatMap { Call.Status(rawValue: $0) }
        return try await show(request, context) { api in
            let (calls, next) = try await api.calls(
                CallQuery(
                    status: status, order: .newest, limit: Self.fundCallsPerPage, cursor: try request.cursor()))
            return FundCallsPage(
                calls: calls, status: status,
                next: next.map { URLPath.with(URLPath.calls, ["status": status?.rawValue, "cursor": $0]) },
                notice: try await request.notice(by: api))
        }
    }

    private static let fundCallsPerPage = 50

    /// `/calls/new`
    func newCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        try await show(request, context) { _ in
            NewCallPage(form: CallForm(timeZone: context.settings.zoneName).formValues(), key: .random())
        }
    }

    /// POST of `/calls/new`
    func publishCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let form = CallForm(context.form)
        let key = try FormKey(context.form)
        func again(_ errors: [String: String], _ key: FormKey, _ status: HTTPResponse.Status) async throws -> Response {
            try await show(request, context, status: status) { _ in
                NewCallPage(form: form.formValues(errors: errors), key: key)
            }
        }
        let errors = form.errorsOfNewCall(now: .now())
        guard errors.isEmpty else { return try await again(errors, key, .unprocessableContent) }
        do {
            let operation = try await api(for: context).command(
                .post, APIPath.applications, form.body(isCreate: true), key: key)
            return seeOther(operation.call.map(URLPath.call) ?? URLPath.calls, after: operation)
        } catch let problem as Problem {
            return try await again(CallForm.errors(of: problem), key.after(problem), problem.status)
        }
    }
}
