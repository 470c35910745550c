import Broker
import Contracts
import Foundation
import TestSupport

/// Where most stories begin, and what many of them come to.
extension Stage {
    /// A full application: those of `confirmed` hold its spots, those of `waiting` wait in their order.
    func fill(
        _ id: ID, confirmed: ClosedRange<Int>, waiting: ClosedRange<Int>, startsIn: Duration = .seconds(30 * 86_400)
    ) async throws {
        let people = volunteers(confirmed) + volunteers(waiting)
        try await send(
            [.create(.sample(id, spots: confirmed.count, startsIn: startsIn))] + people.map { .accepted($0, id) })
        try await expect("\(id) is full, with its list") {
            told(.confirmed, about: id).count == confirmed.count && told(.waiting, about: id).count == waiting.count
        }
    }

    /// The same, and then the first of the confirmed drops out: all that wait hold offers until the time given back.
    @discardableResult
    func openRelease(
        _ id: ID, confirmed: ClosedRange<Int>, waiting: ClosedRange<Int>, startsIn: Duration = .seconds(30 * 86_400)
    ) async throws -> Timestamp {
        try await fill(id, confirmed: confirmed, waiting: waiting, startsIn: startsIn)
        try await decline(ID(confirmed.lowerBound), id)
        try await expect("all that wait hold offers") { offers(id).count == waiting.count }
        return offers(id).first?.expiresAt?.timestamp(in: .gmt) ?? .earliest
    }

    /// Those who were told of a spot, in order.
    func offers(_ id: ID) -> [SpotStatusRecord] { told(.available, about: id) }

    /// WaitlistService's rounds about one application, in order.
    func rounds(_ id: ID) -> [NotifyFreeSpot] {
        watch.recorded(by: .waitlist, .notifyFreeSpot).compactMap {
            guard case .notifyFreeSpot(let round) = $0, round.applicationID == id else { return nil }
            return round
        }
    }

    /// What ApplicationService reserved for one application, in order.
    func reservations(_ id: ID) -> [Int] {
        watch.recorded(by: .application, .notifyFreeSpot).compactMap {
            guard case .notifyFreeSpot(let message) = $0, message.applicationID == id else { return nil }
            return message.availableSpots
        }
    }

    /// Whom ApplicationService sent onto the list of one application: the order in which it accepted them.
    func sentToTheList(_ id: ID) -> [ID] {
        watch.recorded(by: .application, .waiting).compactMap { $0.applicationID == id ? $0.volunteerID : nil }
    }

    /// Until the clock, which is the services' too, shows that time.
    func reach(_ time: Timestamp, _ what: String) async throws {
        try await eventually(what, poll: .milliseconds(5)) { Timestamp.now() > time }
    }

    /// The lines of `refused list`, each as its columns: id, time, reason, action, application, volunteer, message id.
    func refusals() async throws -> [[String]] {
        try await application.run("refused", "list").lines.map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

extension Watch {
    /// What one service said, each message once.
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
