import Contracts
import Ledger
import ServiceKit
import Web

/// The notifications about an application (contract section 8). ApplicationService has checked that the caller may see
/// them, and merges the parts of all partitions.
struct SentNotificationRoutes: Sendable {
    /// The notifications of a page.
    private static let limits = 1...200
    private static let defaultLimit = 50
    /// Milliseconds of which there are as many microseconds as JavaScript can count: ids are microseconds.
    private static let times = 0...(1 << 53) / 1_000

    var all: [NotifierRoute] {
        [NotifierRoute("GET", "/v1/applications/{id}/notifications", list)]
    }

    @Sendable private func list(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let application = try request.id()
        let limit = try request.number("limit", in: Self.limits, default: Self.defaultLimit)
        let user = try request.query["volunteer_id"].map { text throws(Problem) in
            guard let id = ID(validating: text) else { throw Problem(.malformed, "volunteer_id must be an id.") }
            return id
        }
        let cursor = try request.query["cursor"].map(ListCursor.init(parsing:))
        let before = cursor?.notificationID(in: request.partition.file.address.partition) ?? .max
        let since = Int64(try request.number("since", in: Self.times, default: 0)) * 1_000
        let found = try await request.partition.file.read { snapshot in
            // One more than needed tells whether another page follows.
            try NotificationStore(snapshot).sent(
                about: application, to: user, since: since, before: before, limit: limit + 1)
        }
        // The id is a time, and the order of the list.
        let items = found.prefix(limit).map { sent in
            ListPart.Item(
                place: "\(sent.notification.id) \(sent.notification.id)",
                json: SentNotificationJSON(sent: sent).encoded())
        }
        return .part(ListPart(items: items, end: found.count > limit ? items.last?.place : nil))
    }
}
