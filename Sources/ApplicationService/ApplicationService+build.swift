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
        _ settings: ServiceSettings, _ policy: ApplicationPolicy, _ api: APISettings, _ setup: ProcessSetup
    ) throws -> [any Service] {
        let observability = setup.observability
        let logger = setup.logger
        let waiters = OperationWaiters(maxCount: setup.connections / 2)
        let definition = definition(policy, waiters)
        let partitions = try PartitionGroup(definition, settings, observability)
        let waitlist = WaitlistClient(endpoint: settings.endpoint, logger: logger)
        let local = LocalPartitions(partitions.partitions, of: settings.partitions)
        let operations = OperationQueries(partitions: local, waiters: waiters)
        // The ingress queue belongs to the owner of partition 0.
        let ingress = partitions.partitions.first { $0.address.partition == Partition(number: 0) }.map { first in
            Ingress(partitions: partitions.partitions, first: first, settings: settings, logger: logger)
        }
        let health = HealthRoutes(partitions, observability, problems: { ingress?.problems ?? [] })
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
            [partitions] + partitions.adminSockets(definition, settings) + [waitlist]
        if let ingress { services.append(ingress) }
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
