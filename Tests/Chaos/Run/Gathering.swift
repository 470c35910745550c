import Broker
import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Makes the history of what the arena saw, and asks the services what they say of themselves.
struct Gathering {
    let arena: Arena

    private struct Line: Decodable {
        let id: String
        let reason: String
        let messageID: String?

        private enum CodingKeys: String, CodingKey {
            case id
            case reason
            case messageID = "message_id"
        }

        var entry: History.Entry { History.Entry(messageID: messageID, reason: reason) }
    }

    func history(probes: [ID: Command]) async throws -> History {
        var history = History()
        history.sightings = arena.recorder.recorded.map { record in
            Sighting(
                exchange: record.exchange, routingKey: record.routingKey, messageID: record.messageID ?? "",
                producer: record.properties.appID, stream: record.stream, epoch: record.epoch, seq: record.seq,
                traceparent: record.properties.headers[HeaderName.traceparent]?.stringValue, body: record.body)
        }
        for subject in arena.subjects {
            history.endings[subject.service, default: History.Ending()].add(try await ending(of: subject.process))
        }
        history.queues = try await arena.depths()
        history.conditions = arena.conditions
        history.leads = Plan.leads
        history.clockAhead = Plan.clockAhead
        history.endedAt = .now()
        history.probes = probes
        arena.chronicle.write(into: &history)
        return history
    }

    private func ending(of process: ServiceProcess) async throws -> History.Ending {
        var ending = History.Ending()
        ending.counters = try await process.counters()
        ending.streams = try await process.streams().map {
            History.Standing(stream: $0.stream, leadsOut: $0.direction == "out", epoch: $0.epoch, last: $0.last)
        }
        ending.parked = try await process.items("parked", as: Line.self).map(\.entry)
        ending.refused = try await process.items("refused", as: Line.self).map(\.entry)
        ending.blocked = try await process.items("blocked", as: Line.self).map { "\($0.id) \($0.reason)" }
        return ending
    }
}

extension History.Ending {
    /// A service may be several processes.
    fileprivate mutating func add(_ other: History.Ending) {
        counters.merge(other.counters, uniquingKeysWith: +)
        streams += other.streams
        parked += other.parked
        blocked += other.blocked
        refused += other.refused
    }
}
