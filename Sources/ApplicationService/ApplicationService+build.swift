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
        let definition = definition(policy, waiters)
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
        let waitlist = WaitlistClient(endpoint: settings.endpoint, logger: logger)
        let local = LocalPartitions(partitions, settings)
        let operations = OperationQueries(partitions: local, waiters: waiters)
        let health = HealthRoutes(
            partitions, observability,
            problems: { partitions.service(of: .ingress) == nil ? [] : ingress.problems })
        let routes = HTTPAPI(
            authentication: api.authentication, tokenRules: api.tokenRules, rateLimit: api.rateLimit,
            executor: CommandExecutor(
                policy: policy, partitions: local, waitlist: waitlist, operations: operations),
            applications: ApplicationQueries(partitions: local, waitlist: waitlist),
            operations: operations,
            documents: DocumentsController(openAPI: Specs.openAPI, asyncAPI: Specs.asyncAPI),
            metrics: RequestMetrics(factory: observability.metrics, routeName: Route.name), logger: logger)
        observability.metrics.collect { [.gauge("waitlist_http_waiting", Double(waiters.count))] }
        api.log(policy, logger)
        if api.authentication.isDisabled {
            logger.warning("Everybody on this machine is `service`: set AUTH_SECRET or AUTH_JWKS to require tokens")
        }
        var services: [any Service] =
            [waitlist, partitions]
        // Health and metrics answer on a listener of their own, whatever clients do to the public one.
        services.append(
            HTTPServer(
                api.adminAddress, maxConnections: DescriptorLimit.operatorConnections, logger: logger,
                routes: health.addAll))
        services.append(
            HTTPServer(settings, setup) { router in
                routes.addRoutes(to: router)
                health.addProbes(to: router)
            })
        return services
    }
}
