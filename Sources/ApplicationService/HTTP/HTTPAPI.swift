import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Web

/// The public HTTP API (contract section 8): the middleware and controllers of its routes.
struct HTTPAPI: Sendable {
    let authentication: AuthenticationSettings
    let tokenRules: TokenRules
    /// `CORS_ORIGINS`: the pages that may call the API.
    let origins: AllowedOrigins
    /// `RATE_LIMIT`: requests per second and caller; 0 for no limit.
    let rateLimit: Int
    let partitions: LocalPartitions
    let forwarder: RequestForwarder
    let notifier: NotifierRequests
    let commands: CommandMiddleware
    let applications: ApplicationsController
    let responses: ResponsesController
    let notifications: NotificationsController
    let operations: OperationsController
    let webhooks: WebhooksController
    let deliveries: DeliveriesController
    let streams: StreamsController
    let tickets: StreamTicketsController
    let entries: EntriesController
    let changes: ChangesController
    let documents: DocumentsController
    let metrics: RequestMetrics
    let logger: Logger

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.addMiddleware {
            CrossOriginMiddleware(
                origins, covers: { PageRoute.allowedMethods(at: $0).isEmpty }, allowedMethods: Route.allowedMethods)
            metrics
            problems()
        }
        // Anyone may read these.
        let open = router.group()
        if authentication.isDisabled { open.add(middleware: LoopbackMiddleware(origins: origins)) }
        // An authenticated caller within the rate limit.
        let authenticator = Authenticator(authentication, rules: tokenRules, origins: origins, logger: logger)
        let rates = RateLimiter<APIRequestContext>(perSecond: rateLimit)
        let queries = router.group(context: AuthenticationContext.self)
            .add(middleware: authenticator)
            .group(context: APIRequestContext.self)
            .add(middleware: rates)
        // The same; with a body and an optional Idempotency-Key.
        let commands = queries.group().add(middleware: self.commands)
        // A caller with a token or a stream ticket, within the rate limit.
        let streams = router.group(context: AuthenticationContext.self)
            .add(middleware: StreamAuthenticator(authenticator: authenticator, tickets: tickets))
            .group(context: APIRequestContext.self)
            .add(middleware: rates)

        open.on(.getOpenAPI, use: documents.getOpenAPI)
        open.on(.getAsyncAPI, use: documents.getAsyncAPI)
        for route in Route.allCases where !route.isOpen {
            let group = route.isStream ? streams : route.isCommand ? commands : queries
            group.on(route) { try await respond(to: $0, of: route, $1) }
        }
    }

    /// - Parameter allowedMethods: the methods of a path; empty for an unknown path.
    func problems<Context: RequestContext>(
        _ allowedMethods: @escaping @Sendable (_ path: String) -> [HTTPRequest.Method] = Route.allowedMethods,
        in context: Context.Type = BasicRequestContext.self
    ) -> ProblemMiddleware<Context> {
        ProblemMiddleware(allowedMethods: allowedMethods, mapError: Problem.storageFailure, logger: logger)
    }

    /// Answers a request that does not come through the router, with what its middleware does after the caller is
    /// authenticated and counted.
    /// - Returns: also a problem, as its document.
    func answer(
        _ request: Request, of route: Route, _ context: APIRequestContext,
        by handler: @concurrent @Sendable (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        try await problems(in: APIRequestContext.self).handle(request, context: context) { request, context in
            try request.requireQuery(in: route.queryParameters)
            guard route.isCommand else { return try await handler(request, context) }
            return try await commands.handle(request, context: context, next: handler)
        }
    }

    /// Answers the request here, or passes it on to the process that serves its partition.
    func respond(to request: Request, of route: Route, _ context: APIRequestContext) async throws -> Response {
        if route.isStream { return try await streams.open(request, route, context) }
        if route.service == .notifier { return try await notifier.answer(request, to: route, context) }
        var context = context
        if route == .createApplication {
            let key = context.idempotencyKey?.text
            context.assignedID =
                key.map { CommandKey.applicationID($0, caller: context.caller.name) } ?? partitions.assignID()
        }
        if partitions.count > 1, let partition = try route.partition(of: context, count: partitions.count),
            partitions.service(of: partition) == nil
        {
            let answer = try await forwarder.answer(request, to: route, context, by: partition)
            let hasSecret = [.getSigningSecret, .rotateSigningSecret].contains(route)
            return hasSecret ? try await webhooks.complete(answer, context) : answer
        }
        return try await handle(request, of: route, context)
    }

    /// Answers a request for the partitions of this process, or a list.
    func handle(_ request: Request, of route: Route, _ context: APIRequestContext) async throws -> Response {
        func accepted(
            _ command: @concurrent @Sendable (Request, APIRequestContext) async throws -> AcceptedCommand
        ) async throws -> Response {
            try await command(request, context).response(from: request, context: context)
        }
        return switch route {
        case .createApplication: try await accepted(applications.create)
        case .listApplications: try await applications.list(request, context)
        case .getApplication: try await applications.get(request, context)
        case .updateApplication: try await accepted(applications.update)
        case .deleteApplication, .cancelApplication: try await accepted(applications.cancel)
        case .respond: try await accepted(responses.respond)
        case .listResponses: try await responses.list(request, context)
        case .getResponse: try await responses.get(request, context)
        case .listApplicationNotifications: try await notifications.list(request, context)
        case .listVolunteerResponses: try await responses.listOfVolunteer(request, context)
        case .getOperation: try await operations.get(request, context)
        case .getSigningSecret: try await webhooks.getSecret(request, context)
        case .rotateSigningSecret: try await webhooks.rotateSecret(request, context)
        case .createWebhookEndpoint: try await webhooks.create(request, context)
        case .listWebhookEndpoints: try await webhooks.list(request, context)
        case .getWebhookEndpoint: try await webhooks.get(request, context)
        case .deleteWebhookEndpoint: try await webhooks.delete(request, context)
        case .enableWebhookEndpoint: try await webhooks.enable(request, context)
        case .testWebhookEndpoint: try await deliveries.test(request, context)
        case .listWebhookDeliveries: try await deliveries.list(request, context)
        case .getWebhookDelivery, .retryWebhookDelivery: try await deliveries.pass(request, route, context)
        case .retryWebhookDeliveries: try await deliveries.retryAll(request, context)
        case .createStreamTicket: try await tickets.create(request, context)
        case .createEntry: try await entries.create(request, context)
        // Of another process: ``respond(to:of:_:)`` opens the client's stream.
        case .streamOperation: try await streams.answer(request, context)
        // Answered before they come here.
        case .listNotifications, .markNotificationsRead, .streamNotifications, .getPreferences, .putPreferences,
            .getOpenAPI, .getAsyncAPI:
            throw Problem.notFound
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
