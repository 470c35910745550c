import ApplicationDomain
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Web

/// Applications and responses, for those whose business they are.
extension Door {
    func listApplications(_ visit: Visit) async throws -> Response {
        let limit = try visit.limit()
        let cursor = try visit.query("cursor").map { text throws(Problem) in try PageRequest.Cursor(parsing: text) }
        var filter = ApplicationFilter()
        var query: [String] = []
        if let text = try visit.query("status") {
            guard let status = VolunteerApplication.Status(rawValue: text) else {
                throw Problem(.malformed, "status must be open, started or cancelled.")
            }
            filter.status = status
            query.append("status=\(text)")
        }
        query.append("limit=\(limit)")
        let now = Timestamp.now()
        switch visit.caller.role {
        case .fund: filter.fund = visit.caller.id
        case .volunteer where filter.status ?? .open != .open:
            return json(PageJSON<ApplicationJSON>(items: [], next: nil).encoded())
        case .volunteer: filter.status = .open
        case .service: break
        }
        let slice = try await catalogue.applications(filter, from: cursor, limit: limit, now: now)
        let next = slice.next.map { "/v1/applications?\((query + ["cursor=\($0.text)"]).joined(separator: "&"))" }
        let items = slice.items.map { ApplicationJSON(application: $0, now: now) }
        return json(PageJSON(items: items, next: next).encoded(), headers: Self.fresh)
    }

    func getApplication(_ visit: Visit) async throws -> Response {
        let now = Timestamp.now()
        guard let application = try catalogue.application(try visit.id()),
            visit.caller.maySee(application, at: now)
        else { throw Problem.unknown }
        return json(ApplicationJSON(application: application, now: now).encoded(), headers: Self.fresh)
    }

    func listResponses(_ visit: Visit) async throws -> Response {
        let id = try visit.id()
        let limit = try visit.limit()
        let cursor = try visit.query("cursor").map { text throws(Problem) in try PageRequest.Cursor(parsing: text) }
        let now = Timestamp.now()
        guard let application = try catalogue.application(id) else { throw Problem.unknown }
        if visit.caller.role == .volunteer {
            // Of all responses only their own, which an application that is over still has.
            let own = try await own(visit, to: id)
            guard own != nil || visit.caller.maySee(application, at: now) else { throw Problem.unknown }
            let items = own.map { [ResponseJSON($0, now: now)] } ?? []
            return json(PageJSON(items: items, next: nil).encoded(), headers: Self.fresh)
        }
        guard visit.caller.maySee(application, at: now),
            let slice = try await catalogue.responses(to: id, from: cursor, limit: limit)
        else { throw Problem.unknown }
        let next = slice.next.map { "\(visit.request.uri.path)?limit=\(limit)&cursor=\($0.text)" }
        let items = slice.items.map { ResponseJSON($0, now: now) }
        return json(PageJSON(items: items, next: next).encoded(), headers: Self.fresh)
    }

    func getResponse(_ visit: Visit) async throws -> Response {
        let volunteer = try visit.id("volunteer_id")
        if visit.caller.role == .volunteer, volunteer != visit.caller.id { throw Problem.unknown }
        let found = try await catalogue.response(of: volunteer, to: try visit.id()) { application in
            visit.caller.role != .fund || application.fundID == visit.caller.id
        }
        guard let response = found else { throw Problem.unknown }
        return json(ResponseJSON(response, now: .now()).encoded(), headers: Self.fresh)
    }

    private func own(_ visit: Visit, to application: ID) async throws -> ApplicationQueries.Response? {
        guard let volunteer = visit.caller.id else { return nil }
        return try await catalogue.response(of: volunteer, to: application)
    }

    /// It is about a person or a fund, and true only now.
    private static let fresh: HTTPFields = [.cacheControl: "private, no-cache"]
}

extension ResponseJSON {
    fileprivate init(_ response: ApplicationQueries.Response, now: Timestamp) {
        self.init(
            application: response.application, member: response.member, position: response.position, now: now)
    }
}

extension Caller {
    /// Volunteers see what is open, funds what is theirs (contract section 8).
    fileprivate func maySee(_ application: VolunteerApplication, at now: Timestamp) -> Bool {
        switch role {
        case .service: true
        case .fund: application.fundID == id
        case .volunteer: application.status(at: now) == .open
        }
    }
}
