import Broker
import Contracts
import Foundation
import TestSupport

/// Initial states that many tests share, and what tests look at afterwards.
extension TestSystem {
    /// Creates a full application: `confirmed` hold its spots, `waiting` are on its list, in this order.
    func fillApplication(
        _ id: ID, confirmed: ClosedRange<Int>, waiting: ClosedRange<Int>, startsIn: Duration = .seconds(30 * 86_400)
    ) async throws {
        let people = volunteers(confirmed) + volunteers(waiting)
        try await send(
            [.create(.sample(id, spots: confirmed.count, startsIn: startsIn))] + people.map { .accepted($0, id) })
        try await waitUntil("\(id) is full and its list is complete") {
            statusRecords(.confirmed, about: id).count == confirmed.count
                && statusRecords(.waiting, about: id).count == waiting.count
        }
    }

    /// Applications in all of four partitions, which get their commands while `change` happens.
    func sendScenarios(_ name: String, while change: () async throws -> Void) async throws -> [Scenario] {
        let scenarios = (0..<4).map { Scenario.small("\(name)-\($0)") }
        async let sending: Void = {
            for number in scenarios[0].commands.indices {
                for scenario in scenarios { try await scenario.send(number..<(number + 1), to: self) }
            }
        }()
        try await change()
        try await sending
        return scenarios
    }

    /// Creates a full application, of which the first confirmed volunteer then declines.
    /// - Returns: the time until which all waiting volunteers hold offers.
    @discardableResult
    func openRelease(
        _ id: ID, confirmed: ClosedRange<Int>, waiting: ClosedRange<Int>, startsIn: Duration = .seconds(30 * 86_400)
    ) async throws -> Timestamp {
        try await fillApplication(id, confirmed: confirmed, waiting: waiting, startsIn: startsIn)
        try await decline(ID(confirmed.lowerBound), id)
        try await waitUntil("all waiting volunteers hold offers") { offers(id).count == waiting.count }
        return offers(id).first?.expiresAt?.timestamp(in: .gmt) ?? .earliest
    }

    /// The records that announced a spot, in order.
    func offers(_ id: ID) -> [SpotStatusRecord] { statusRecords(.available, about: id) }

    /// WaitlistService's rounds for one application, in order.
    func rounds(_ id: ID) -> [NotifyFreeSpot] {
        recorder.recorded(by: .waitlist, .notifyFreeSpot).compactMap {
            guard case .notifyFreeSpot(let round) = $0, round.applicationID == id else { return nil }
            return round
        }
    }

    /// The numbers of reserved spots that ApplicationService announced for one application, in order.
    func reservations(_ id: ID) -> [Int] {
        recorder.recorded(by: .application, .notifyFreeSpot).compactMap {
            guard case .notifyFreeSpot(let message) = $0, message.applicationID == id else { return nil }
            return message.availableSpots
        }
    }

    /// The volunteers that ApplicationService sent to the waiting list, in the order in which it accepted them.
    func waitlisted(_ id: ID) -> [ID] {
        recorder.recorded(by: .application, .waiting).compactMap { $0.applicationID == id ? $0.volunteerID : nil }
    }

    /// Waits until the clock, which the services share, is past that time.
    func wait(until time: Timestamp, _ what: String) async throws {
        try await eventually(what, poll: .milliseconds(5)) { Timestamp.now() > time }
    }

    /// The lines of `refused list`, each as its columns: id, time, reason, action, application, volunteer, message id.
    func refusals() async throws -> [[String]] {
        try await application.run("refused", "list").lines.map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

extension MessageRecorder {
    /// The messages of one service, without republications.
    func recorded(by service: ServiceName, _ action: Action) -> [Message] {
        var seen: Set<String> = []
        return recorded.compactMap { record in
            guard record.action == action, record.properties.appID?.hasPrefix("\(service.rawValue).") == true,
                let id = record.messageID, seen.insert(id).inserted
            else { return nil }
            return record.message
        }
    }
}

extension ID {
    init(_ number: Int) { self = .trusted(String(number)) }
}

func volunteers(_ numbers: ClosedRange<Int>) -> [ID] { numbers.map { ID($0) } }
