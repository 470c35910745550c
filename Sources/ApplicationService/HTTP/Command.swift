import Contracts

/// What a client asks for: one of the four commands.
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

    /// Whose response it is.
    var volunteer: ID? {
        if case .respond(let response) = self { response.volunteerID } else { nil }
    }

    /// What an operation calls it.
    var kind: Action {
        switch self {
        case .create: .create
        case .update: .update
        case .cancel: .cancel
        case .respond: .response
        }
    }
}
