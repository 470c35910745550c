import ApplicationDomain
import Contracts
import HTTPTypes
import Hummingbird
import Web

extension Route {
    /// The service that has the answer. ApplicationService passes the requests for NotifierService on.
    var service: ServiceName {
        switch self {
        case .listNotifications, .markNotificationsRead, .streamNotifications, .getPreferences, .putPreferences:
            .notifier
        case .createApplication, .listApplications, .getApplication, .updateApplication, .deleteApplication,
            .cancelApplication, .respond, .listResponses, .getResponse, .listApplicationNotifications,
            .listVolunteerResponses, .getOperation, .getSigningSecret, .rotateSigningSecret, .createWebhookEndpoint,
            .listWebhookEndpoints, .getWebhookEndpoint, .deleteWebhookEndpoint, .enableWebhookEndpoint,
            .testWebhookEndpoint, .listWebhookDeliveries, .getWebhookDelivery, .retryWebhookDelivery,
            .retryWebhookDeliveries, .streamOperation, .createStreamTicket, .createEntry, .getOpenAPI,
            .getAsyncAPI:
            .application
        }
    }

    /// The partition of ``service`` that alone can answer a request; nil for a list over all partitions, for what has
    /// no partition, and for a create that is invalid.
    /// - Parameter count: the number of all partitions.
    /// - Throws: `not_found` for an id that nothing can have.
    func partition(of context: APIRequestContext, count: Int) throws(Problem) -> Partition? {
        switch self {
        case .getApplication, .updateApplication, .deleteApplication, .cancelApplication, .respond, .listResponses,
            .getResponse, .listApplicationNotifications:
            return .of(try context.id(), count: count)
        // In NotifierService, the partition of the volunteer.
        case .listNotifications, .markNotificationsRead, .streamNotifications, .getPreferences, .putPreferences:
            return .of(try context.id(), count: count)
        case .createApplication:
            guard context.caller.role != .volunteer, let assigned = context.assignedID,
                let create = try? CommandBody(parsing: context.body).create(
                    assigned: assigned, caller: context.caller.id)
            else { return nil }
            return .of(create.applicationID, count: count)
        case .getOperation, .streamOperation:
            let partition = OperationID(parsing: try context.text("id"))?.partition
            return partition.flatMap { $0.number < count ? $0 : nil }
        case .getSigningSecret, .rotateSigningSecret, .createWebhookEndpoint, .listWebhookEndpoints,
            .getWebhookEndpoint, .deleteWebhookEndpoint, .enableWebhookEndpoint, .testWebhookEndpoint,
            .listWebhookDeliveries, .getWebhookDelivery, .retryWebhookDelivery, .retryWebhookDeliveries,
            .createStreamTicket:
            return .of(key: context.caller.name.string, count: count)
        case .listApplications, .listVolunteerResponses, .createEntry, .getOpenAPI, .getAsyncAPI:
            return nil
        }
    }

    /// Whether the request changes something: it may have a body and an Idempotency-Key.
    var isCommand: Bool { method != .get }

    /// Whether the answer to the request is an operation.
    var startsOperation: Bool {
        switch self {
        case .createApplication, .updateApplication, .deleteApplication, .cancelApplication, .respond: true
        default: false
        }
    }

    /// Whether anyone may read it, without a token.
    var isOpen: Bool { self == .getOpenAPI || self == .getAsyncAPI }

    /// Whether `Prefer: wait` has a meaning.
    var mayWait: Bool { startsOperation || self == .getOperation }

    /// Whether the answer is a stream of events.
    var isStream: Bool { self == .streamNotifications || self == .streamOperation }
}
