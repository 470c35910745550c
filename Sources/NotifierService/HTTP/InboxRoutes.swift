import Contracts
import Foundation
import HTTPTypes
import Ledger
import ServiceKit
import Web

/// A volunteer's notifications: pages, read marks, and what is new for a stream (contract section 8).
struct InboxRoutes: Sendable {
    let waiters: CommitWaiters<ID>

    /// The notifications of a page.
    private static let limits = 1...200
    private static let defaultLimit = 50
    /// The notifications in one answer to a stream.
    private static let eventLimit = 50
    /// The ids in one body.
    private static let maxIDs = 1_000
    /// What an id can be: an integer that JavaScript reads exactly.
    private static let knownIDs: ClosedRange<Int64> = 1...(1 << 53) - 1

    var all: [NotifierRoute] {
        [
            NotifierRoute("GET", "/v1/volunteers/{id}/notifications", list),
            NotifierRoute("POST", "/v1/volunteers/{id}/notifications/read", markRead),
            NotifierRoute("GET", "/v1/volunteers/{id}/notifications/stream", events),
        ]
    }

    // MARK: - Pages

    @Sendable private func list(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let user = try request.id()
        let limit = try request.number("limit", in: Self.limits, default: Self.defaultLimit)
        let unreadOnly = try request.flag("unread")
        let before = try request.query["cursor"].map { text throws(Problem) in
            try InboxCursor.last(parsing: text, of: user, unreadOnly: unreadOnly)
        }
        let (found, unread) = try await request.partition.file.read { snapshot in
            let store = NotificationStore(snapshot)
            // One more than needed tells whether another page follows.
            let found = try store.page(
                of: user, before: before ?? .max, unreadOnly: unreadOnly, limit: limit + 1)
            return (found, try store.unreadCount(of: user))
        }
        let items = Array(found.prefix(limit))
        let next = found.count > limit ? items.last : nil
        let inbox = InboxJSON(
            items: items,
            next: next.map { last in
                let cursor = InboxCursor(user: user, unreadOnly: unreadOnly, last: last.id)
                let filter = unreadOnly ? "unread=true&" : ""
                return "\(request.path)?\(filter)limit=\(limit)&cursor=\(cursor.text)"
            },
            unreadCount: unread)
        return .fresh(inbox.encoded(), for: request)
    }

    // MARK: - Read marks

    private enum Marked: Sendable {
        case ids([Int64])
        case through(Int64)
    }

    @Sendable private func markRead(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let user = try request.id()
        let writer = request.partition.writer
        switch try Self.marked(request.body) {
        case .ids(let ids):
            try await writer.perform { transaction in
                for id in ids { try NotificationStore(transaction).markRead(id, of: user) }
            }
        case .through(let id):
            var count = Forgetting.stepRows
            while count == Forgetting.stepRows {
                count = try await writer.perform { try NotificationStore($0).markRead(through: id, of: user) }
            }
        }
        let unread = try request.partition.file.pointRead { try NotificationStore($0).unreadCount(of: user) }
        return .json(UnreadJSON(unreadCount: unread).encoded())
    }

    private static func marked(_ body: [UInt8]) throws(Problem) -> Marked {
        struct Body: Decodable {
            var ids: [Int64]?
            var up_to: Int64?
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
            throw Problem(.malformed, "The body must be a JSON object.")
        }
        let fields = try? JSONDecoder().decode(Body.self, from: Data(body))
        let isEither = object["ids"] == nil || object["up_to"] == nil
        switch (fields?.ids, fields?.up_to) {
        case (let ids?, nil) where isEither && ids.count <= maxIDs && ids.allSatisfy(knownIDs.contains):
            return .ids(ids)
        case (nil, let id?) where isEither && knownIDs.contains(id):
            return .through(id)
        default:
            let rule = "The body must have either ids, at most \(maxIDs) ids of notifications, or up_to, one of them."
            throw Problem(.validation, rule, errors: [Problem.Item(pointer: "", code: .badValue, detail: rule)])
        }
    }

    // MARK: - Events

    /// What a stream sends after `Last-Event-ID`; without it nothing, and where the stream begins. With `Prefer: wait`
    /// it waits until there is something.
    @Sendable private func events(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let user = try request.id()
        let file = request.partition.file
        guard let after = request.headers("last-event-id").first.flatMap({ Int64($0) }) else {
            let newest = try file.pointRead { try NotificationStore($0).newest(of: user) }
            return .events(EventBatch(last: newest))
        }
        func read() async throws -> EventBatch {
            let found = try await file.read {
                try NotificationStore($0).notifications(of: user, after: after, limit: Self.eventLimit)
            }
            return EventBatch(
                events: found.map { EventBatch.Event(id: $0.id, json: $0.json) }, last: found.last?.id ?? after)
        }
        let wait = Preference.wait(in: HTTPFields(request.forwarded.headers), atMost: EventBatch.maxWait) ?? 0
        guard wait > 0 else { return .events(try await read()) }
        return try await waiters.withWaiter(for: user, in: file.address.partition) { waiter in
            let batch = try await read()
            guard batch.events.isEmpty, let waiter else { return .events(batch) }
            await waiter.wait(atMost: .seconds(wait))
            var later = try await read()
            later.hasWaited = true
            return .events(later)
        }
    }
}

extension NotifierRequest {
    /// `true` or `false`; false if it is absent.
    fileprivate func flag(_ name: String) throws(Problem) -> Bool {
        guard let text = query[name] else { return false }
        guard let flag = Bool(text) else { throw Problem(.malformed, "\(name) must be one of: true, false.") }
        return flag
    }

    fileprivate var path: String { String(forwarded.path.prefix { $0 != "?" }) }
}

extension ForwardedResponse {
    fileprivate static func events(_ batch: EventBatch) -> ForwardedResponse {
        ForwardedResponse(
            status: 200,
            headers: [ForwardedField(name: "Content-Type", value: "text/tab-separated-values; charset=utf-8")],
            body: String(decoding: batch.encoded(), as: UTF8.self))
    }
}
