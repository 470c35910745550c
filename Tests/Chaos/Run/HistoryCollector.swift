import Broker
import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Builds the history from the observed messages, the run's log, the output of the services' subcommands, and what can
/// be read over HTTP.
struct HistoryCollector {
    let stage: ChaosStage

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

    func collect(probes: [ID: Command]) async throws -> History {
        var history = History()
        history.messages = stage.recorder.recorded.map { record in
            ObservedMessage(
                exchange: record.exchange, routingKey: record.routingKey, messageID: record.messageID ?? "",
                producer: record.properties.appID, stream: record.stream, epoch: record.epoch, seq: record.seq,
                traceparent: record.properties.headers[HeaderName.traceparent]?.stringValue,
                sentAt: record.properties.timestamp.map { Timestamp(milliseconds: Int64($0) * 1000) },
                body: record.body)
        }
        for target in stage.reporters {
            history.finalStates[target.service, default: History.FinalState()].add(
                try await finalState(of: target.process))
        }
        history.queues = try await stage.depths()
        history.conditions = stage.conditions
        history.leads = Plan.leads
        history.clockAhead = Plan.clockAhead
        history.endedAt = .now()
        history.probes = probes
        stage.runLog.add(to: &history)
        // After a loss the files do not say which of their messages is which.
        if history.losses.isEmpty {
            let count = history.addUnobserved(try await FileReader(stage: stage).sentMessages())
            if count > 0 { stage.runLog.note("\(count) messages were applied that the observer did not get") }
        }
        let reader = HTTPReader(stage: stage)
        for index in history.exchanges.indices { await reader.addOperation(to: &history.exchanges[index]) }
        for id in Set(history.commands.compactMap(\.message?.applicationID)) {
            history.readings[id] = await reader.application(id)
        }
        history.missedReminders = try await FileReader(stage: stage).missedReminders()
        return history
    }

    private func finalState(of process: ServiceProcess) async throws -> History.FinalState {
        var finalState = History.FinalState()
        finalState.counters = try await process.counters()
        finalState.streams = try await process.streams().map {
            History.StreamPosition(stream: $0.stream, isOutgoing: $0.direction == "out", epoch: $0.epoch, last: $0.last)
        }
        finalState.parked = try await process.items("parked", as: Line.self).map(\.entry)
        finalState.refused = try await process.items("refused", as: Line.self).map(\.entry)
        finalState.blocked = try await process.items("blocked", as: Line.self).map { "\($0.id) \($0.reason)" }
        return finalState
    }
}

extension History.FinalState {
    /// Adds another process of the same service.
    fileprivate mutating func add(_ other: History.FinalState) {
        counters.merge(other.counters, uniquingKeysWith: +)
        streams += other.streams
        parked += other.parked
        blocked += other.blocked
        refused += other.refused
    }
}
