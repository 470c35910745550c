import HTTPTypes
import Web

/// The routes of the page (contract section 8). Those of the API are ``Route``.
enum PageRoute: String, CaseIterable, Sendable {
    // Volunteers.
    case openCalls
    case call
    case respond
    case mine
    case messages
    case markMessagesRead
    // Funds.
    case fundCalls
    case newCall
    case publishCall
    case fundCall
    case changeCall
    case people
    case peopleCSV
    case person
    case removePerson
    case told
    case cancellation
    case cancelCall
    // Both.
    case settings
    case changeSettings
    case live
    // Everyone.
    case enter
    case leave
    case asset

    /// A fixed segment comes before a parameter at its place, because the router tries them in this order.
    var pattern: RoutePattern {
        switch self {
        case .openCalls: .init(.get, "/")
        case .call: .init(.get, "/applications/{id}")
        case .respond: .init(.post, "/applications/{id}/response")
        case .mine: .init(.get, "/mine")
        case .messages: .init(.get, "/mine/messages")
        case .markMessagesRead: .init(.post, "/mine/messages")
        case .fundCalls: .init(.get, "/calls")
        case .newCall: .init(.get, "/calls/new")
        case .publishCall: .init(.post, "/calls/new")
        case .fundCall: .init(.get, "/calls/{id}")
        case .changeCall: .init(.post, "/calls/{id}")
        case .people: .init(.get, "/calls/{id}/people")
        case .peopleCSV: .init(.get, "/calls/{id}/people.csv")
        case .person: .init(.get, "/calls/{id}/people/{volunteer_id}")
        case .removePerson: .init(.post, "/calls/{id}/people/{volunteer_id}")
        case .told: .init(.get, "/calls/{id}/messages")
        case .cancellation: .init(.get, "/calls/{id}/cancellation")
        case .cancelCall: .init(.post, "/calls/{id}/cancellation")
        case .settings: .init(.get, "/settings")
        case .changeSettings: .init(.post, "/settings")
        case .live: .init(.get, "/live")
        case .enter: .init(.get, "/enter/{code}")
        case .leave: .init(.post, "/leave")
        case .asset: .init(.get, "/assets/{name}")
        }
    }

    var method: HTTPRequest.Method { pattern.method }
    var path: String { pattern.path }

    /// Who may use the route.
    enum Audience: Sendable {
        case volunteers
        case funds
        case signedIn
        case everyone
    }

    var audience: Audience {
        switch self {
        case .openCalls, .call, .respond, .mine, .messages, .markMessagesRead: .volunteers
        case .fundCalls, .newCall, .publishCall, .fundCall, .changeCall, .people, .peopleCSV, .person, .removePerson,
            .told, .cancellation, .cancelCall:
            .funds
        case .settings, .changeSettings, .live: .signedIn
        case .enter, .leave, .asset: .everyone
        }
    }

    /// Whether a signed-in visitor may use the route.
    func admits(_ role: Caller.Role) -> Bool {
        switch audience {
        case .volunteers: role == .volunteer
        case .funds: role == .fund
        case .signedIn, .everyone: true
        }
    }

    /// The methods of a path, for `Allow`. Empty for a path that is not the page's.
    static func allowedMethods(at path: String) -> [HTTPRequest.Method] { patterns.allowedMethods(at: path) }

    private static let patterns = allCases.map(\.pattern)
}
