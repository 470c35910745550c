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

    /// The path's parameters are in braces. A fixed segment comes before a parameter at its place, because the router
    /// tries them in this order.
    private var definition: (method: HTTPRequest.Method, path: String) {
        switch self {
        case .openCalls: (.get, "/")
        case .call: (.get, "/applications/{id}")
        case .respond: (.post, "/applications/{id}/response")
        case .mine: (.get, "/mine")
        case .messages: (.get, "/mine/messages")
        case .markMessagesRead: (.post, "/mine/messages")
        case .fundCalls: (.get, "/calls")
        case .newCall: (.get, "/calls/new")
        case .publishCall: (.post, "/calls/new")
        case .fundCall: (.get, "/calls/{id}")
        case .changeCall: (.post, "/calls/{id}")
        case .people: (.get, "/calls/{id}/people")
        case .peopleCSV: (.get, "/calls/{id}/people.csv")
        case .person: (.get, "/calls/{id}/people/{volunteer_id}")
        case .removePerson: (.post, "/calls/{id}/people/{volunteer_id}")
        case .told: (.get, "/calls/{id}/messages")
        case .cancellation: (.get, "/calls/{id}/cancellation")
        case .cancelCall: (.post, "/calls/{id}/cancellation")
        case .settings: (.get, "/settings")
        case .changeSettings: (.post, "/settings")
        case .live: (.get, "/live")
        case .enter: (.get, "/enter/{code}")
        case .leave: (.post, "/leave")
        case .asset: (.get, "/assets/{name}")
        }
    }

    var method: HTTPRequest.Method { definition.method }
    var path: String { definition.path }

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
}

// MARK: - Matching

extension PageRoute {
    /// The label of a request in metrics; nil for one that is not for the page.
    /// - Parameter endpointPath: the router's path template of the request.
    static func name(of method: HTTPRequest.Method, at endpointPath: String) -> String? {
        let method = method == .head ? .get : method
        return allCases.first { $0.path == endpointPath && $0.method == method }.map { "page:\($0.rawValue)" }
    }

    /// The methods of a path, for `Allow`; HEAD is answered wherever GET is. Empty for a path that is not the page's.
    /// - Parameter path: as the client sent it.
    static func allowedMethods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        var methods: [HTTPRequest.Method] = []
        // `/calls/new` is also the path of a call, so a method may be found twice.
        for route in allCases where route.matches(segments) && !methods.contains(route.method) {
            methods.append(route.method)
        }
        return methods.contains(.get) ? methods + [.head] : methods
    }

    private func matches(_ segments: [Substring]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == segments.count && zip(own, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
