import Hummingbird
import Logging
import Web

/// The public HTTP API (contract section 8): the middleware and controllers of its routes.
struct HTTPAPI: Sendable {
    let authentication: AuthenticationSettings
    /// `RATE_LIMIT`: requests per second and caller; 0 for no limit.
    let rateLimit: Int
    let executor: CommandExecutor
    let applications: ApplicationQueries
    let operations: OperationQueries
    let documents: DocumentsController
    let metrics: RequestMetrics
    let logger: Logger

    private typealias Handler = @Sendable (Request, APIRequestContext) async throws -> Response

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.addMiddleware {
            RequestMetricsMiddleware(metrics, routeName: Route.name)
            ProblemMiddleware(
                allowedMethods: Route.allowedMethods, mapError: Problem.storageFailure, logger: logger)
        }
        let authenticator = Authenticator(authentication, logger: logger)
        let limiter = RateLimiter(perSecond: rateLimit)
        let open = router.group(context: APIRequestContext.self)
        if authentication.isDisabled { open.add(middleware: LoopbackMiddleware()) }
        let queries = router.group(context: APIRequestContext.self)
            .addMiddleware {
                AuthenticationMiddleware(authenticator)
                RateLimitMiddleware(limiter)
            }
        let commands = router.group(context: APIRequestContext.self)
            .addMiddleware {
                AuthenticationMiddleware(authenticator)
                RateLimitMiddleware(limiter, exemptsReplays: true)
                CommandMiddleware(executor: executor)
            }
        for route in Route.allCases {
            let group =
                switch route.access {
                case .open: open
                case .query: queries
                case .command: commands
                }
            group.on(RouterPath(route.path), method: route.method, use: handler(for: route))
        }
    }

    private func handler(for route: Route) -> Handler {
        let applications = ApplicationsController(executor: executor, queries: applications)
        let responses = ResponsesController(executor: executor, queries: self.applications)
        let operations = OperationsController(queries: operations)
        return switch route {
        case .createApplication: applications.create
        case .listApplications: applications.list
        case .getApplication: applications.get
        case .updateApplication: applications.update
        case .deleteApplication, .cancelApplication: applications.cancel
        case .respond: responses.respond
        case .listResponses: responses.list
        case .getResponse: responses.get
        case .getOperation: operations.get
        case .getOpenAPI: documents.getOpenAPI
        case .getAsyncAPI: documents.getAsyncAPI
        }
    }
}
