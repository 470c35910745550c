import Hummingbird
import Logging
import Pages
import Web

/// The page: its routes, and who may use them (contract section 8).
struct PageRouter: Sendable {
    let middleware: PageMiddleware
    /// `RATE_LIMIT`: requests per second and visitor; 0 for no limit.
    let rateLimit: Int
    let pages: PageController
    let live: LiveController
    let entries: EntriesController
    let assets = AssetsController()

    private var renderer: PageRenderer { middleware.renderer }

    /// Must be called after all other routes are added: their answers are not the page's.
    func addRoutes(to router: Router<BasicRequestContext>) {
        router.add(middleware: middleware)
        for route in PageRoute.allCases where route.audience == .everyone {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try await respond(to: request, of: route, context)
            }
        }
        // A signed-in visitor within the rate limit, with a form if it is a POST.
        let visitors = router.group(context: SessionContext.self)
            .add(middleware: SessionMiddleware(renderer: renderer))
            .group(context: PageRequestContext.self)
            .add(middleware: RateLimiter(perSecond: rateLimit))
            .add(middleware: FormMiddleware())
        for route in PageRoute.allCases where route.audience != .everyone {
            visitors.on(RouterPath(route.path), method: route.method) { request, context in
                try await respond(to: request, of: route, context)
            }
        }
    }

    /// Answers a request of anyone.
    private func respond(
        to request: Request, of route: PageRoute, _ context: BasicRequestContext
    ) async throws -> Response {
        switch route {
        case .enter: return try await entries.enter(request, code: try context.text("code"), renderer)
        case .asset: return try assets.get(request)
        case .leave:
            return renderer.response(
                SignInPage(reason: .signedOut), headers: [.setCookie: SessionCookie.cleared], to: request,
                visitor: nil)
        default: throw Problem.notFound
        }
    }

    /// Answers a request of a signed-in visitor.
    private func respond(
        to request: Request, of route: PageRoute, _ context: PageRequestContext
    ) async throws -> Response {
        guard route.admits(context.caller.role) else {
            // A fund's own start is elsewhere. Anything else that is not for the role looks like what does not exist.
            if route == .openCalls { return .seeOther(URLPath.calls) }
            throw Problem.notFound
        }
        return switch route {
        case .openCalls: try await pages.openCalls(request, context)
        case .call: try await pages.call(request, context)
        case .respond: try await pages.respond(request, context)
        case .mine: try await pages.mine(request, context)
        case .messages: try await pages.messages(request, context)
        case .markMessagesRead: try await pages.markMessagesRead(request, context)
        case .fundCalls: try await pages.fundCalls(request, context)
        case .newCall: try await pages.newCall(request, context)
        case .publishCall: try await pages.publishCall(request, context)
        case .fundCall: try await pages.fundCall(request, context)
        case .changeCall: try await pages.changeCall(request, context)
        case .people: try await pages.people(request, context)
        case .peopleCSV: try await pages.peopleCSV(request, context)
        case .person: try await pages.person(request, context)
        case .removePerson: try await pages.removePerson(request, context)
        case .told: try await pages.told(request, context)
        case .cancellation: try await pages.cancellation(request, context)
        case .cancelCall: try await pages.cancelCall(request, context)
        case .settings: try await pages.settings(request, context)
        case .changeSettings: try await pages.changeSettings(request, context)
        case .live: try await live.open(request, caller: context.caller)
        // Answered without a session.
        case .enter, .leave, .asset: throw Problem.notFound
        }
    }
}
