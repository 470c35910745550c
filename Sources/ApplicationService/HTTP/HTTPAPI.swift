import Hummingbird
import Logging
import Web

/// The public HTTP API (contract section 8): the middleware and controllers of its routes.
struct HTTPAPI: Sendable {
    let authentication: AuthenticationSettings
    let tokenRules: TokenRules
    /// `RATE_LIMIT`: requests per second and caller; 0 for no limit.
    let rateLimit: Int
    let executor: CommandExecutor
    let applications: ApplicationQueries
    let operations: OperationQueries
    let documents: DocumentsController
    let metrics: RequestMetrics
    let logger: Logger

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.addMiddleware {
            metrics
            ProblemMiddleware(
                allowedMethods: Route.allowedMethods, mapError: Problem.storageFailure, logger: logger)
        }
        // Anyone may read these.
        let open = router.group()
        if authentication.isDisabled { open.add(middleware: LoopbackMiddleware()) }
        // An authenticated caller within the rate limit.
        let queries = router.group(context: AuthenticationContext.self)
            .add(middleware: Authenticator(authentication, rules: tokenRules, logger: logger))
            .group(context: APIRequestContext.self)
            .add(middleware: RateLimiter(perSecond: rateLimit))
        // The same; with a body and an optional Idempotency-Key.
        let commands = queries.group().add(middleware: CommandMiddleware(executor: executor))

        let applications = ApplicationsController(executor: executor, queries: applications)
        let responses = ResponsesController(executor: executor, queries: self.applications)
        let operations = OperationsController(queries: operations)
        for route in Route.allCases {
            switch route {
            case .createApplication: commands.on(route, use: applications.create)
            case .listApplications: queries.on(route, use: applications.list)
            case .getApplication: queries.on(route, use: applications.get)
            case .updateApplication: commands.on(route, use: applications.update)
            case .deleteApplication, .cancelApplication: commands.on(route, use: applications.cancel)
            case .respond: commands.on(route, use: responses.respond)
            case .listResponses: queries.on(route, use: responses.list)
            case .getResponse: queries.on(route, use: responses.get)
            case .listVolunteerResponses: queries.on(route, use: responses.listOfVolunteer)
            case .getOperation: queries.on(route, use: operations.get)
            case .getOpenAPI: open.on(route, use: documents.getOpenAPI)
            case .getAsyncAPI: open.on(route, use: documents.getAsyncAPI)
            }
        }
    }
}

extension RouterMethods {
    fileprivate func on(
        _ route: Route,
        use handler: @concurrent @Sendable @escaping (Request, Context) async throws -> some ResponseGenerator
    ) {
        on(RouterPath(route.path), method: route.method) { request, context in
            try request.requireQuery(in: route.queryParameters)
            return try await handler(request, context)
        }
    }
}
