import Broker
import Contracts
import Foundation
import Synchronization
import TestSupport

/// Waiting for a condition, and until everything has been processed.
extension TestSystem {
    /// Waits until the condition holds. It is checked again when something new was published, and every 300 ms,
    /// because a condition may also query a service.
    /// - Throws: `ConditionNotMet` after five minutes.
    func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
        var checkedCount = -1
        var checked = ContinuousClock.now
        try await eventually(what) {
            let count = recorder.count
            guard count != checkedCount || ContinuousClock.now - checked > .milliseconds(300) else { return false }
            checkedCount = count
            checked = .now
            return try await condition()
        }
    }

    /// The spot status records to one volunteer or all, in order, without republications.
    func statusRecords(_ volunteer: ID? = nil, _ status: SpotStatus? = nil, about id: ID? = nil) -> [SpotStatusRecord] {
        recorder.spotStatuses.filter { record in
            if let volunteer, record.userID != volunteer { return false }
            if let status, record.status != status { return false }
            if let id { return record.applicationID == id }
            return !Marker.owns(record.applicationID)
        }
    }

    func statusRecords(_ status: SpotStatus, about id: ID? = nil) -> [SpotStatusRecord] {
        statusRecords(nil, status, about: id)
    }

    /// The statuses of the records to one volunteer.
    func statuses(of volunteer: ID, about id: ID? = nil) -> [SpotStatus] {
        statusRecords(volunteer, about: id).map(\.status)
    }

    /// Waits until everything that was sent has been decided, all rounds and broadcasts are finished, and only a timer
    /// could cause another message. It measures no time: a command passes through both services behind everything that
    /// was sent before it, again and again until nothing else was published during such a round trip.
    func quiesce() async throws {
        let deadline = ContinuousClock.now + testTimeout
        while true {
            let before = recorder.count { !Marker.isIn($0) }
            try await makeRoundTrip()
            let isIdle = try await outboxesAreEmpty()
            if isIdle, recorder.count(where: { !Marker.isIn($0) }) == before { return }
            guard ContinuousClock.now < deadline else { throw NotQuiescent() }
        }
    }

    /// In every partition, puts a volunteer on the list of an application that exists for this purpose: through
    /// ApplicationService to WaitlistService and back. While WaitlistService is not running, the application has enough
    /// spots, so that the round trip ends with a confirmation.
    private func makeRoundTrip() async throws {
        let withWaitlist = waitlist.isRunning
        let ids = Marker.applications(partitions: partitions, withWaitlist: withWaitlist)
        let (number, new) = markers.withLock { markers in
            markers.count += 1
            return (markers.count, ids.filter { markers.applications.insert($0).inserted })
        }
        let volunteer = ID.trusted("marker-\(number)")
        let first = new.flatMap { id -> [Message] in
            [.create(.sample(id, spots: withWaitlist ? 1 : 100_000)), .accepted("marker-0", id)]
        }
        try await send(first + ids.map { .accepted(volunteer, $0) })
        try await waitUntil("a round trip through the services") {
            ids.allSatisfy { statuses(of: volunteer, about: $0).contains(withWaitlist ? .waiting : .confirmed) }
        }
    }

    private func outboxesAreEmpty() async throws -> Bool {
        for service in processes where service.isRunning {
            // A service that has just been started does not answer yet.
            guard let metrics = try? await service.metrics() else { return false }
            guard metrics.sum("waitlist_outbox_depth") == 0, metrics.sum("waitlist_work") == 0 else { return false }
        }
        return try await notifierHasAppliedAll()
    }

    /// Whether NotifierService, if it is running, has applied everything that was sent to it.
    private func notifierHasAppliedAll() async throws -> Bool {
        guard notifier.isRunning else { return true }
        var sent: [String: Int64] = [:]
        for record in recorder.recorded where record.routingKey.contains(".notifier.") {
            guard let stream = record.stream, let seq = record.seq else { continue }
            sent[stream] = max(sent[stream] ?? 0, seq)
        }
        let streams = try await notifier.run("streams").lines.map { $0.split(separator: "\t").map(String.init) }
        return sent.allSatisfy { stream, seq in
            streams.contains { $0.count > 3 && $0[0] == stream && $0[1] == "in" && (Int64($0[3]) ?? 0) >= seq }
        }
    }

    /// For the diagnosis of a failure: the last messages and their senders, and the warnings of the services.
    var report: String {
        let records = recorder.recorded.filter { !Marker.isIn($0) }
        let lines = records.suffix(60).map { record in
            "  \(record.properties.appID ?? "outside") → \(record.routingKey) \(record.text.prefix(300))"
        }
        let logs = processes.map { service in
            let warnings = service.log.split(separator: "\n").filter { !$0.contains(" info ") }.suffix(12)
            return "  \(service.kind), exit \(service.exitCode.map(String.init) ?? "none"):\n"
                + warnings.map { "    \($0)\n" }.joined()
        }
        return "\(records.count) messages; the last ones:\n\(lines.joined(separator: "\n"))\n\(logs.joined())"
    }
}

/// The services kept publishing.
struct NotQuiescent: Error, CustomStringConvertible {
    var description: String { "the services did not become idle within \(testTimeout)" }
}

/// The applications and volunteers of `quiesce`, which tests ignore.
struct Marker: Sendable {
    /// The number of round trips so far; each uses a new volunteer.
    var count = 0
    /// The applications created so far.
    var applications: Set<ID> = []

    private static let prefix = "marker-"

    /// One application in each partition; different ones while WaitlistService is not running.
    static func applications(partitions: Int, withWaitlist: Bool) -> [ID] {
        (0..<partitions).map { partition in
            let ids = (0...).lazy.map { ID.trusted("\(prefix)\(withWaitlist ? "list" : "spots")-\($0)") }
            return ids.first { Partition.of($0, count: partitions).number == partition } ?? "marker-0"
        }
    }

    static func owns(_ application: ID) -> Bool { application.string.hasPrefix(prefix) }

    static func isIn(_ record: RecordedMessage) -> Bool {
        record.body.count < 600 && record.text.contains("\"\(prefix)")
    }
}
