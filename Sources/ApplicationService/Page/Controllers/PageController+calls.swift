import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Web

/// Calls as volunteers see them.
extension PageController {
    /// `/`
    func openCalls(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let search = try SearchForm(request, zone: context.settings.zone)
        return try await show(request, context, status: search.isValid ? .ok : .badRequest) { api in
            guard search.isValid else {
                return OpenCallsPage(calls: [], search: search.formValues, responses: [:], next: nil)
            }
            let cursor = try request.cursor()
            let (calls, next) = try await api.calls(search.query(limit: Self.callsPerPage, cursor: cursor))
            // Without them the page is still a list of calls.
            let states = try? await api.ownStates(of: context.visitor.id, in: calls)
            return OpenCallsPage(
                calls: calls, search: search.formValues, responses: states ?? [:], next: next.map(search.address))
        }
    }

    /// A page of them is to weigh little on a phone.
    private static let callsPerPage = 20

    /// `/applications/{id}`
    func call(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        try await call(request, context, key: .random()) { try await request.notice(by: $0) }
    }

    /// `/applications/{id}/response`
    func respond(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        let form = try ResponseForm(context.form)
        do {
            let operation = try await api(for: context).command(
                .post, APIPath.responses(id), form.body, key: form.key.of(form.status.rawValue))
            // The page shows the state that a response has led to; it need not say that it was accepted.
            guard operation.notice == .done else { return seeOther(URLPath.application(id), after: operation) }
            return .seeOther(URLPath.application(id))
        } catch let problem as Problem {
            do {
                return try await call(request, context, status: problem.status, key: form.key.after(problem)) { _ in
                    .refused(code: problem.code.rawValue)
                }
            } catch is Problem {
                // The call cannot be seen, or not any more: what became of the command says more than that.
                throw problem
            }
        }
    }

    private func call(
        _ request: Request, _ context: PageRequestContext, status: HTTPResponse.Status = .ok, key: FormKey,
        notice: @Sendable (PageAPI) async throws -> Notice?
    ) async throws -> Response {
        let id = try context.id()
        return try await show(request, context, status: status) { api in
            async let call = api.call(id)
            async let response = api.response(of: context.visitor.id, to: id)
            let notice = try await notice(api)
            return CallPage(call: try await call, response: try await response, key: key, notice: notice)
        }
    }
}
