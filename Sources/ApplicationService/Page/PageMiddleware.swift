import Foundation
import HTTPTypes
import Hummingbird
import Pages
import Web

/// What all answers of the page have in common: their header fields, errors as HTML, and the checks of the request that
/// do not depend on the route. Requests for other paths pass through, except that a browser gets 404 as HTML.
struct PageMiddleware: RouterMiddleware {
    let renderer: PageRenderer
    let crossSite: CrossSiteRule
    let headers: PageHeaders
    /// Whether callers do not authenticate, so that only this machine's own requests are served.
    let isLoopbackOnly: Bool
    let problems: ProblemMiddleware<BasicRequestContext>

    @concurrent func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if Self.hasEntryCode(request) { ActiveRequest.hidePath(as: "/enter/…") }
        var response: Response
        if PageRoute.allowedMethods(at: request.uri.path).isEmpty {
            guard isUnknownPage(request) else { return try await next(request, context) }
            response = errorPage(.notFound, to: request)
            response.headers[.vary] = "Accept"
        } else {
            do {
                if isLoopbackOnly { try LoopbackRule.check(request) }
                try crossSite.check(request)
                response = try await next(request, context)
            } catch is SignInRequired {
                response = signIn(request)
            } catch {
                response = errorPage(problems.problem(for: error, of: request), to: request)
            }
        }
        headers.add(to: &response)
        return response
    }

    // MARK: - Errors

    private func errorPage(_ problem: Problem, to request: Request) -> Response {
        let page = ErrorPage(
            status: problem.code.status.code, code: problem.code.rawValue, requestID: request.headers[.requestID])
        var headers = problem.headers
        headers[.wwwAuthenticate] = nil
        return renderer.response(page, status: problem.code.status, headers: headers, to: request)
    }

    /// Leads a person to the platform, and says anything else how to sign in. A form cannot be led to another origin:
    /// browsers apply `form-action` also to where it is redirected.
    private func signIn(_ request: Request) -> Response {
        let modes = request.headers[values: .secFetchMode]
        let isNavigation =
            request.method != .post && request.uri.path != URLPath.live
            && (modes.isEmpty || modes == ["navigate"])
        if isNavigation, let url = renderer.loginURL(returningTo: request.pageAddress) { return .seeOther(url) }
        return renderer.response(SignInPage(reason: .notSignedIn), status: .forbidden, to: request)
    }

    /// Whether a browser asks for a page at a path that no route has.
    private func isUnknownPage(_ request: Request) -> Bool {
        let path = request.uri.path
        return request.headers[values: .accept].contains { $0.lowercased().contains("text/html") }
            && !path.hasPrefix("/v1/") && Route.allowedMethods(at: path).isEmpty
    }

    /// Also where the router finds no route, such as below the code.
    private static func hasEntryCode(_ request: Request) -> Bool {
        let segment = request.uri.path.split(separator: "/").first.map(String.init) ?? ""
        return (segment.removingPercentEncoding ?? segment).lowercased() == "enter"
    }
}
