import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Web

/// Tells other processes what changes in the partitions of this one (contract section 8, "The page").
///
/// The answer is an ``EventBatch`` of ``ChangeEvent``s.
struct ChangesController: Sendable {
    let changes: ApplicationChanges

    /// The path of a ``ForwardedRequest``; it is no route. The parameter `ring` of the query names the ring whose
    /// position `Last-Event-ID` is.
    static let path = "/live/changes"

    /// - Parameter ring: nil for a process that begins to ask.
    static func path(of ring: Int64?) -> String { ring.map { "\(path)?ring=\($0)" } ?? path }

    func answer(_ request: Request, in partition: Partition) async throws -> ForwardedResponse {
        let wait = Preference.wait(in: request.headers, atMost: EventBatch.maxWait) ?? 0
        guard let ring = try request.query("ring").flatMap({ Int64($0) }), ring == changes.ring,
            let last = request.headers[.lastEventID].flatMap({ Int64($0) })
        else { return ForwardedResponse(anything(after: changes.last)) }
        let found = await changes.batch(of: partition, after: last, within: .seconds(wait))
        guard let changed = found.changes else { return ForwardedResponse(anything(after: found.last)) }
        var batch = EventBatch(last: found.last)
        batch.events = changed.map { EventBatch.Event(id: found.last, json: ChangeEvent.change($0).encoded()) }
        batch.hasWaited = wait > 0 && changed.isEmpty
        return ForwardedResponse(batch)
    }

    private func anything(after last: Int64) -> EventBatch {
        EventBatch(
            events: [EventBatch.Event(id: last, json: ChangeEvent.anything(ring: changes.ring).encoded())], last: last)
    }
}

extension ForwardedResponse {
    fileprivate init(_ batch: EventBatch) {
        let type: HTTPFields = [.contentType: "text/tab-separated-values; charset=utf-8"]
        self.init(status: 200, headers: type.forwarded, body: String(decoding: batch.encoded(), as: UTF8.self))
    }
}
