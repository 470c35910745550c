import Hummingbird
import Web

extension PageRouter {
    /// - Throws: a `DecodingError` if the program lacks a text.
    init(_ settings: APISettings, _ api: HTTPAPI, live: LiveController) throws {
        let page = settings.page
        let renderer = try PageRenderer(
            defaults: page.defaults, sessions: SessionCookie(page.secret), loginURL: page.loginURL)
        self.init(
            middleware: PageMiddleware(
                renderer: renderer, crossSite: CrossSiteRule(origin: page.origin),
                headers: PageHeaders(requiresHTTPS: page.origin.requiresHTTPS),
                isLoopbackOnly: settings.authentication.isDisabled,
                problems: api.problems(PageRoute.allowedMethods)),
            rateLimit: settings.rateLimit, pages: PageController(api: api, renderer: renderer),
            live: live, entries: api.entries)
    }
}
