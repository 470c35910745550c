import Contracts
import Pages

/// The paths of the API that the page uses.
enum APIPath {
    static let applications = "/v1/applications"

    static func application(_ id: ID) -> String { "\(applications)/\(segment(id))" }
    static func cancellation(_ id: ID) -> String { "\(application(id))/cancellation" }
    static func responses(_ id: ID) -> String { "\(application(id))/responses" }
    static func response(of volunteer: ID, to id: ID) -> String { "\(responses(id))/\(segment(volunteer))" }
    static func told(_ id: ID) -> String { "\(application(id))/notifications" }

    static func ownResponses(_ volunteer: ID) -> String { "\(person(volunteer))/responses" }
    static func inbox(_ volunteer: ID) -> String { "\(person(volunteer))/notifications" }
    static func markRead(_ volunteer: ID) -> String { "\(inbox(volunteer))/read" }
    static func preferences(_ volunteer: ID) -> String { "\(person(volunteer))/preferences" }

    static func operation(_ id: String) -> String { "/v1/operations/\(URLPath.encoded(id))" }

    private static func person(_ volunteer: ID) -> String { "/v1/volunteers/\(segment(volunteer))" }
    private static func segment(_ id: ID) -> String { URLPath.encoded(id.string) }
}
