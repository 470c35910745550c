import Contracts

/// One of the four commands of the HTTP API.
enum Command: Sendable, Hashable {
    case create(CreateVolunteerApplication)
    case update(UpdateVolunteerApplication)
    case cancel(CancelVolunteerApplication)
    case respond(VolunteerResponse)

    var application: ID {
        switch self {
        case .create(let create): create.applicationID
        case .update(let update): update.applicationID
        case .cancel(let cancel): cancel.applicationID
        case .respond(let response): response.applicationID
        }
    }

    /// The volunteer who responds; nil for a fund's command.
    var volunteer: ID? {
        if case .respond(let response) = self { response.volunteerID } else { nil }
    }

    /// The `kind` of the command's operation.
    var kind: Action {
        switch self {
        case .create: .create
        case .update: .update
        case .cancel: .cancel
        case .respond: .response
        }
    }
}
