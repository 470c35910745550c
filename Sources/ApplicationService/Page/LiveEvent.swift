import Contracts
import Foundation
import Web

/// The data of an event of a live stream.
enum LiveEvent: Sendable, Hashable {
    /// `{"applications": ["456"]}`: these have changed, or their members have.
    case applications([ID])
    /// `{"messages": true}`: the volunteer has a new notification.
    case messages
    /// `{"all": true}`: anything may have changed.
    case all

    private struct Fields: Encodable {
        var applications: [String]?
        var messages: Bool?
        var all: Bool?
    }

    /// Nil for nothing.
    init?(_ batch: ApplicationChanges.Batch) {
        guard batch.changes != [] else { return nil }
        self = batch.changes.map { .applications($0.map(\.application)) } ?? .all
    }

    func bytes(id: Int64) -> [UInt8] {
        let fields =
            switch self {
            case .applications(let ids): Fields(applications: ids.map(\.string))
            case .messages: Fields(messages: true)
            case .all: Fields(all: true)
            }
        // Strings and booleans: encoding them cannot fail.
        let json = (try? JSONEncoder().encode(fields)).map { [UInt8]($0) } ?? []
        return ServerSentEvents.event(EventBatch.Event(id: id, json: json))
    }
}
