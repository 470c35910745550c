import Contracts
import Hummingbird
import Pages
import Web

/// What concerns a volunteer: the calls to which they have responded, and their messages.
extension PageController {
    /// `/mine`
    func mine(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        try await show(request, context) { api in
            let list = try await api.ownResponses(
                of: context.visitor.id, limit: Self.itemsPerPage, cursor: try request.cursor())
            let calls = await api.knownCalls(Set(list.items.map(\.call)))
            let items = list.items.compactMap { item in
                calls[item.call].map { MinePage.Item(call: $0, response: item.response) }
            }
            return MinePage(
                items: items.sorted(by: Self.isSooner),
                next: list.cursor.map { URLPath.with(URLPath.mine, ["cursor": $0]) })
        }
    }

    /// What is ahead comes first, the next call at the top; then what is over, the last at the top.
    private static func isSooner(_ a: MinePage.Item, _ b: MinePage.Item) -> Bool {
        let (isOpen, isOtherOpen) = (a.call.status == .open, b.call.status == .open)
        guard isOpen == isOtherOpen else { return isOpen }
        let (start, otherStart) = (a.call.startsAt, b.call.startsAt)
        return isOpen ? start < otherStart : start > otherStart
    }

    /// `/mine/messages`
    func messages(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let api = api(for: context)
        let unreadOnly = try request.query("unread") == "true"
        let list = try await api.inbox(
            of: context.visitor.id, unreadOnly: unreadOnly, limit: Self.itemsPerPage, cursor: try request.cursor())
        let calls = await api.knownCalls(Set(list.items.map(\.call)))
        let page = InboxPage(
            messages: list.items, names: calls.mapValues(\.name), unreadOnly: unreadOnly,
            next: list.cursor.map { cursor in
                URLPath.with(URLPath.messages, ["unread": unreadOnly ? "true" : nil, "cursor": cursor])
            })
        // The inbox knows the number for the navigation itself.
        return renderer.response(page, unread: list.unread, to: request, context)
    }

    /// POST of `/mine/messages`
    func markMessagesRead(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        try await api(for: context).markRead(try ReadMark(context.form), of: context.visitor.id)
        return .seeOther(URLPath.messages)
    }

    private static let itemsPerPage = 50
}
