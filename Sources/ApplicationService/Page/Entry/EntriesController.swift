import Contracts
import Hummingbird
import Pages
import Web

/// Makes links with which the platform's visitors enter the page, and admits those who follow one (contract section 8).
struct EntriesController: Sendable {
    let links: EntryLink
    let used: UsedEntries
    let origin: PageOrigin

    /// `POST /v1/entries`: only for the platform's back end, which knows who its visitor is.
    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try context.requireRole(.service)
        let body = try context.readBody { try $0.entry() }
        let role: Visitor.Role = body.volunteer == nil ? .fund : .volunteer
        guard let id = body.volunteer ?? body.fund, let origin = origin.text(for: request) else {
            throw Problem.notFound
        }
        let address = try body.returnTo.map { text throws(Problem) in
            guard let address = ReturnAddress(text) else { throw Self.foreignAddress }
            return address
        }
        let entry = PageEntry(
            role: role, id: id, expiresAt: .now().advanced(by: PageEntry.lifetime), returnTo: address)
        let json = ObjectWriter<JSONKey>.object { json in
            json.field(.url, links.url(entry, at: origin))
            json.field(.expiresAt, entry.expiresAt.description)
        }
        return .json(json, status: .created, headers: [.cacheControl: "no-store"])
    }

    private static let foreignAddress = Problem(
        .validation, "/return_to: it must be a path of this host, in ASCII.",
        errors: [
            Problem.Item(
                pointer: "/return_to", code: .badValue,
                detail: "must begin with one /, and have only visible ASCII characters without a backslash")
        ])

    /// `GET /enter/{code}`.
    /// - Returns: the page with a session of the visitor; that the link is invalid if it is forged, too old or used.
    func enter(_ request: Request, code: String, _ renderer: PageRenderer) async throws -> Response {
        guard let entry = links.entry(of: code) else { return invalid(request, renderer) }
        var response = Response.seeOther(entry.returnTo.text)
        // A program that looks at links before the visitor does must not use them up.
        let isOnlyLooking = request.method == .head
        // A second click of the visitor whom the first one has signed in.
        let session = renderer.sessions.session(of: request)
        if !isOnlyLooking, session?.role != entry.role || session?.id != entry.id {
            guard try await used.use(entry) else { return invalid(request, renderer) }
            let new = PageSession(
                role: entry.role, id: entry.id, expiresAt: .now().advanced(by: PageSession.lifetime))
            response.headers[.setCookie] = renderer.sessions.field(new)
        }
        response.headers[.referrerPolicy] = "no-referrer"
        return response
    }

    private func invalid(_ request: Request, _ renderer: PageRenderer) -> Response {
        renderer.response(
            SignInPage(reason: .linkInvalid), status: .forbidden, headers: [.referrerPolicy: "no-referrer"],
            to: request)
    }
}
