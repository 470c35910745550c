import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Wording

/// Makes responses of pages, in the visitor's language and time zone.
struct PageRenderer: Sendable {
    private let texts: [Language: PageTexts]
    private let defaultTexts: PageTexts
    /// Without the choices of a visitor.
    let defaults: VisitorSettings
    let sessions: SessionCookie
    /// `LOGIN_URL`.
    private let loginURL: String?

    /// - Throws: a `DecodingError` if the program lacks a text.
    init(defaults: VisitorSettings, sessions: SessionCookie, loginURL: String?) throws {
        texts = try Dictionary(uniqueKeysWithValues: Language.allCases.map { ($0, try PageTexts($0)) })
        defaultTexts = try PageTexts(defaults.language)
        self.defaults = defaults
        self.sessions = sessions
        self.loginURL = loginURL
    }

    /// A page for a signed-in visitor.
    /// - Parameter unread: the number of messages that a volunteer has not read; nil if it is unknown.
    func response(
        _ page: some Pages.Page, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], unread: Int? = nil,
        to request: Request, _ context: PageRequestContext
    ) -> Response {
        var visitor = context.visitor
        visitor.unread = unread
        return response(
            page, status: status, headers: headers, to: request,
            pageContext(visitor, context.settings, request))
    }

    /// A page for anyone, such as an error.
    func response(
        _ page: some Pages.Page, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], to request: Request
    ) -> Response {
        response(
            page, status: status, headers: headers, to: request, visitor: sessions.session(of: request)?.visitor)
    }

    /// A page for a visitor whose session is not that of the request.
    func response(
        _ page: some Pages.Page, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], to request: Request,
        visitor: Visitor?
    ) -> Response {
        response(
            page, status: status, headers: headers, to: request, pageContext(visitor, settings(of: request), request))
    }

    func settings(of request: Request) -> VisitorSettings { VisitorSettings(of: request, defaults: defaults) }

    /// Where visitors sign in who want this page; nil if the platform has not said so.
    func loginURL(returningTo address: String) -> String? {
        loginURL.map { "\($0)\($0.contains("?") ? "&" : "?")\(URLPath.with("", ["return_to": address]).dropFirst())" }
    }

    private func pageContext(_ visitor: Visitor?, _ settings: VisitorSettings, _ request: Request) -> PageContext {
        PageContext(
            visitor: visitor, address: address(of: request), texts: texts[settings.language] ?? defaultTexts,
            zoneName: settings.zoneName, zone: settings.zone, now: .now(), loginURL: loginURL)
    }

    /// Where the page can be loaded again: not at the address of a form that has no page, nor at that of an entry,
    /// which is a secret.
    private func address(of request: Request) -> String {
        let address = request.pageAddress
        let methods = PageRoute.allowedMethods(at: request.uri.path)
        return methods.contains(.get) && !address.hasPrefix("/enter/") ? address : URLPath.openCalls
    }

    private func response(
        _ page: some Pages.Page, status: HTTPResponse.Status, headers: HTTPFields, to request: Request,
        _ context: PageContext
    ) -> Response {
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.contentLanguage] = context.texts.language.rawValue
        headers[.vary] = "Accept-Language, Cookie"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: page.document(in: context))))
    }
}
