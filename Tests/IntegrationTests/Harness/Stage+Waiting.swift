import Broker
import Contracts
import Foundation
import Synchronization
import TestSupport

/// Waiting for what must come, and for the silence after it.
extension Stage {
    /// Until the condition holds; it is looked at again when something new was published. Throws `DidNotHappen`.
    func expect(_ what: String, _ condition: () async throws -> Bool) async throws {
        var seen = -1
        var looked = ContinuousClock.now
        try await eventually(what) {
            let count = watch.count
            // Now and then also without news: a condition may ask a service.
            guard count != seen || ContinuousClock.now - looked > .milliseconds(300) else { return false }
            seen = count
            looked = .now
            return try await condition()
        }
    }

    /// What volunteers were told, in order, each message once.
    func told(_ volunteer: ID? = nil, _ status: SpotStatus? = nil, about id: ID? = nil) -> [SpotStatusRecord] {
        watch.told.filter { record in
            if let volunteer, record.userID != volunteer { return false }
            if let status, record.status != status { return false }
            if let id { return record.applicationID == id }
            return !Marker.owns(record.applicationID)
        }
    }

    func told(_ status: SpotStatus, about id: ID? = nil) -> [SpotStatusRecord] { told(nil, status, about: id) }

    /// What one volunteer was told, as words.
    func heard(_ volunteer: ID, about id: ID? = nil) -> [SpotStatus] { told(volunteer, about: id).map(\.status) }

    /// Until all that was set off has come to its end: what was sent is decided, rounds and tellings are through, and
    /// nothing but a timer would publish more. No time is measured: a command goes the whole way through both services,
    /// behind all that came before it, until such a round trip has met nothing new.
    func quiesce() async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            let before = watch.count { !Marker.isIn($0) }
            try await makeRoundTrip()
            let isIdle = try await outboxesAreEmpty()
            if isIdle, watch.count(where: { !Marker.isIn($0) }) == before { return }
            guard ContinuousClock.now < deadline else { throw NeverQuiet() }
        }
    }

    /// Sends a volunteer onto the list of an application that exists for this, in every partition: through
    /// ApplicationService to WaitlistService, and back. While WaitlistService is away nobody gets onto a list: there
    /// are spots enough, and a confirmation is the end.
    private func makeRoundTrip() async throws {
        let isWhole = waitlist.isRunning
        let ids = Marker.applications(partitions: partitions, isWhole: isWhole)
        let (number, new) = markers.withLock { markers in
            markers.count += 1
            return (markers.count, ids.filter { markers.applications.insert($0).inserted })
        }
        let volunteer = ID.trusted("marker-\(number)")
        let first = new.flatMap { id -> [Message] in
            [.create(.sample(id, spots: isWhole ? 1 : 100_000)), .accepted("marker-0", id)]
        }
        try await send(first + ids.map { .accepted(volunteer, $0) })
        try await expect("a round trip through the services") {
            ids.allSatisfy { heard(volunteer, about: $0).contains(isWhole ? .waiting : .confirmed) }
        }
    }

    private func outboxesAreEmpty() async throws -> Bool {
        for service in processes where service.isRunning {
            // One that was only just started does not answer yet.
            guard let figures = try? await service.metrics() else { return false }
            guard figures.sum("waitlist_outbox_depth") == 0, figures.sum("waitlist_work") == 0 else { return false }
        }
        return try await notifierHasRead()
    }

    /// Whether NotifierService, if it runs, has applied all that was sent to it.
    private func notifierHasRead() async throws -> Bool {
        guard notifier.isRunning else { return true }
        var sent: [String: Int64] = [:]
        for record in watch.recorded where record.routingKey.contains(".notifier.") {
            guard let stream = record.stream, let seq = record.seq else { continue }
            sent[stream] = max(sent[stream] ?? 0, seq)
        }
        let standings = try await notifier.run("streams").lines.map { $0.split(separator: "\t").map(String.init) }
        return sent.allSatisfy { stream, seq in
            standings.contains { $0.count > 3 && $0[0] == stream && $0[1] == "in" && (Int64($0[3]) ?? 0) >= seq }
        }
    }

    /// The story so far for who must find out what went wrong: who published what, and what the services complain of.
    var account: String {
        let records = watch.recorded.filter { !Marker.isIn($0) }
        let lines = records.suffix(60).map { record in
            "  \(record.properties.appID ?? "the world") → \(record.routingKey) \(record.text.prefix(300))"
        }
        let logs = processes.map { service in
            let bad = service.log.split(separator: "\n").filter { !$0.contains(" info ") }.suffix(12)
            return "  \(service.kind), exit \(service.exitCode.map(String.init) ?? "none"):\n"
                + bad.map { "    \($0)\n" }.joined()
        }
        return "\(records.count) messages, the last of them:\n\(lines.joined(separator: "\n"))\n\(logs.joined())"
    }
}

/// Something went on being published.
struct NeverQuiet: Error, CustomStringConvertible {
    var description: String { "what was set off did not come to its end within \(patience)" }
}

/// The applications and volunteers of `quiesce`, which no test looks at.
struct Marker: Sendable {
    /// How many round trips there were: each bears a name of its own.
    var count = 0
    /// Those that exist.
    var applications: Set<ID> = []

    private static let prefix = "marker-"

    /// One in each partition; others for when WaitlistService is away.
    static func applications(partitions: Int, isWhole: Bool) -> [ID] {
        (0..<partitions).map { partition in
            let ids = (0...).lazy.map { ID.trusted("\(prefix)\(isWhole ? "list" : "spots")-\($0)") }
            return ids.first { Partition.of($0, count: partitions).number == partition } ?? "marker-0"
        }
    }

    static func owns(_ application: ID) -> Bool { application.string.hasPrefix(prefix) }

    static func isIn(_ record: Watch.Recorded) -> Bool {
        record.body.count < 600 && record.text.contains("\"\(prefix)")
    }
}
