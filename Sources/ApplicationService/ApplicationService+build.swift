import Contracts
import Logging
import ServiceKit
import ServiceLifecycle
import Specs
import Web

extension ApplicationService {
    /// The services of the process, in the order of dependency. They are stopped in reverse: first the HTTP servers and
    /// the ingress queue's consumer, last the partitions, so that what was accepted is answered.
    static func build(
        _ settings: ServiceSettings, _ policy: ApplicationPolicy, _ api: APISettings, _ setup: ProcessSetup,
        acceptsEmptyFiles: Bool
    ) throws -> [any Service] {
        let observability = setup.observability
        let logger = setup.logger
        let waiters = OperationWaiters(maxCount: setup.connections / 2)
        let subscribers = api.webhooks.masterKey == nil ? nil : EventSubscribers()
        let events = OperationEvents(waiters: waiters, subscribers: subscribers)
        let changes = ApplicationChanges()
        let forwarded = ForwardedRequestHandler()
        // A system of one partition has nothing to forward.
        let definition = definition(
            policy, events, changes: changes, forwarded: settings.partitions > 1 ? forwarded : nil)
        let ingress = IngressStatus()
        let partitions = try OwnedPartitions(
            definition, settings, observability, acceptsEmptyFiles: acceptsEmptyFiles
        ) { partitions in
            // The ingress queue belongs to the owner of partition 0.
            guard let first = partitions.first(where: { $0.address.partition == .ingress }) else { return [] }
            return [
                Ingress(partitions: partitions, first: first, settings: settings, status: ingress, logger: logger)
            ]
        }
        subscribers?.begin { [weak partitions] in partitions?.service(of: $0)?.file }
        observability.metrics.collect { ingress.samples }
        let waitlist = WaitlistClient(endpoint: settings.endpoint, logger: logger)
        let owners = PartitionClient(.application, endpoint: settings.endpoint, logger: logger)
        let notifier = PartitionClient(.notifier, endpoint: settings.endpoint, logger: logger)
        let local = LocalPartitions(partitions, settings)
        let health = HealthRoutes(
            partitions, observability,
            problems: { partitions.service(of: .ingress) == nil ? [] : ingress.problems })
        let forwarder = RequestForwarder(client: owners, waiters: waiters)
        let routes = HTTPAPI(
            api, policy, partitions: local, waitlist: waitlist, forwarder: forwarder, notifier: notifier,
            events: events, changes: changes, observability)
        let live = LiveController(
            changes: changes, waiters: waiters, notifier: routes.notifier.forwarder,
            partitionCount: settings.partitions)
        let page = try PageRouter(api, routes, live: live)
        forwarded.begin(routes)
        api.log(policy, logger)
        if api.authentication.isDisabled {
            logger.warning("Everybody on this machine is `service`: set AUTH_SECRET or AUTH_JWKS to require tokens")
        }
        var services: [any Service] = [waitlist, notifier, partitions]
        if settings.partitions > 1 {
            services += [owners, RemoteChanges(changes: changes, partitions: local, owners: forwarder)]
        }
        // Health and metrics answer on a listener of their own, whatever clients do to the public one.
        services.append(
            HTTPServer(
                api.adminAddress, maxConnections: DescriptorLimit.operatorConnections, logger: logger,
                routes: health.addAll))
        services.append(
            HTTPServer(settings, setup) { router in
                routes.addRoutes(to: router)
                health.addProbes(to: router)
                page.addRoutes(to: router)
            })
        return services
    }
}

extension HTTPAPI {
    fileprivate init(
        _ settings: APISettings, _ policy: ApplicationPolicy, partitions: LocalPartitions, waitlist: WaitlistClient,
        forwarder: RequestForwarder, notifier: PartitionClient, events: OperationEvents,
        changes: ApplicationChanges, _ observability: Observability
    ) {
        let waiters = events.waiters
        let operations = OperationQueries(partitions: partitions, waiters: waiters)
        let replays = ReplayFinder(partitions: partitions, forwarder: forwarder)
        let callbacks = CallbackURLCheck(settings.webhooks)
        let executor = CommandExecutor(
            policy: policy, partitions: partitions, waitlist: waitlist, operations: operations, replays: replays,
            callbacks: callbacks, events: events)
        let queries = ApplicationQueries(partitions: partitions, waitlist: waitlist)
        let notifiers = RequestForwarder(client: notifier, waiters: waiters, statistics: forwarder.statistics)
        let deliveries = DeliveryQueries(forwarder: notifiers, partitions: partitions.all)
        let webhooks = WebhooksController(
            policy: policy, webhooks: settings.webhooks, partitions: partitions, callbacks: callbacks,
            subscribers: events.subscribers, deliveries: deliveries)
        self.init(
            authentication: settings.authentication, tokenRules: settings.tokenRules, origins: settings.origins,
            rateLimit: settings.rateLimit, partitions: partitions, forwarder: forwarder,
            notifier: NotifierRequests(forwarder: notifiers, partitionCount: partitions.count),
            commands: CommandMiddleware(replays: replays),
            applications: ApplicationsController(executor: executor, queries: queries, forwarder: forwarder),
            responses: ResponsesController(executor: executor, queries: queries, forwarder: forwarder),
            notifications: NotificationsController(queries: queries, forwarder: notifiers),
            operations: OperationsController(queries: operations, deliveries: deliveries), webhooks: webhooks,
            deliveries: DeliveriesController(webhooks: webhooks, queries: deliveries),
            streams: StreamsController(operations: operations, owners: forwarder, notifier: notifiers),
            tickets: StreamTicketsController(partitions: partitions, owners: forwarder),
            entries: EntriesController(
                links: EntryLink(settings.page.secret),
                used: UsedEntries(partitions: partitions, owners: forwarder), origin: settings.page.origin),
            changes: ChangesController(changes: changes),
            documents: DocumentsController(openAPI: Specs.openAPI, asyncAPI: Specs.asyncAPI),
            metrics: RequestMetrics(factory: observability.metrics, routeName: Route.name),
            logger: observability.logger)
        observability.metrics.collect {
            [
                .gauge("waitlist_http_waiting", Double(waiters.count)),
                .gauge("waitlist_http_streams", Double(waiters.streamCount)),
            ] + forwarder.statistics.samples
        }
    }
}
