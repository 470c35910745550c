import ApplicationDomain
import Contracts
import Foundation
import Hummingbird
import Web

extension ApplicationFilter {
    /// What the query selects, and in which order.
    /// - Throws: `malformed`.
    init(_ request: Request) throws(Problem) {
        self.init()
        status = try request.query("status")
        if let text = try request.query("fund_id") {
            guard let id = ID(validating: text) else { throw Problem(.malformed, "fund_id must be an id.") }
            fund = id
        }
        if let time = try Self.time("from", request) { startsFrom = time }
        if let time = try Self.time("to", request) { startsBefore = time }
        if let query = try request.query("q") {
            guard let text = SearchText(query) else {
                throw Problem(
                    .malformed, "q must have 1 to \(SearchText.maxLength) characters and not be blank.")
            }
            self.text = text
        }
        if let order: ApplicationSort = try request.query("sort") { sort = order }
    }

    private static func time(_ name: String, _ request: Request) throws(Problem) -> Timestamp? {
        guard let text = try request.query(name) else { return nil }
        // A date is midnight in UTC.
        let instant = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        guard instant.wholeMatch(of: /.{10}T.{8}(\..{3})?Z/) != nil,
            let time = try? WireTime(parsing: instant).timestamp(in: .gmt)
        else {
            throw Problem(
                .malformed, "\(name) must be a date or a time in UTC, such as 2026-12-09 or 2026-12-09T10:00:00Z.")
        }
        return time
    }
}
