import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Web

/// The pages of volunteers and funds, from what the API answers, and their forms, as commands of the API.
struct PageController: Sendable {
    let api: HTTPAPI
    let renderer: PageRenderer

    /// The API as the visitor may use it.
    func api(for context: PageRequestContext) -> PageAPI {
        PageAPI(context.caller) { [api] in try await api.answer($0, for: $1) }
    }

    /// Answers with a page. The number of unread messages for its navigation is asked for at the same time.
    func show<Page: Pages.Page>(
        _ request: Request, _ context: PageRequestContext, status: HTTPResponse.Status = .ok,
        _ page: (PageAPI) async throws -> Page
    ) async throws -> Response {
        let api = api(for: context)
        async let unread = context.visitor.role == .volunteer ? api.unread(of: context.visitor.id) : nil
        let content = try await page(api)
        return renderer.response(content, status: status, unread: await unread, to: request, context)
    }

    /// Leads to a page after a command, which says there what became of it.
    func seeOther(_ path: String, after operation: PageOperation) -> Response {
        .seeOther(URLPath.with(path, [Self.operation: operation.id]))
    }

    /// The query parameter with the operation of the command that the visitor has sent.
    static let operation = "operation"
}

extension Request {
    /// What the page says about the command that the visitor has sent before.
    func notice(by api: PageAPI) async throws -> Notice? {
        await api.notice(ofOperation: try query(PageController.operation))
    }

    /// Where the page of a list begins.
    func cursor() throws(Problem) -> String? { try query("cursor") }
}
