import Hummingbird
import Pages
import Web

/// The cancellation of a call, with its reason.
extension PageController {
    /// `/calls/{id}/cancellation`
    func cancellation(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let call = try await api(for: context).call(try context.id())
        guard call.status != .cancelled else { return .seeOther(URLPath.call(call.id)) }
        return try await show(request, context) { _ in
            CancellationPage(call: call, form: ReasonForm().formValues(), key: .random())
        }
    }

    /// POST of `/calls/{id}/cancellation`
    func cancelCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        let form = ReasonForm(context.form)
        let key = try FormKey(context.form)
        do {
            let operation = try await api(for: context).command(
                .post, APIPath.cancellation(id), form.cancellation, key: key)
            return seeOther(URLPath.call(id), after: operation)
        } catch let problem as Problem {
            // Of another problem than with the reason, the page of the call says more.
            guard !problem.errors.isEmpty || problem.code == .outcomeUnknown else {
                return try await refused(problem, request, context)
            }
            return try await show(request, context, status: problem.status) { api in
                CancellationPage(call: try await api.call(id), form: form.formValues(problem), key: key)
            }
        }
    }
}
