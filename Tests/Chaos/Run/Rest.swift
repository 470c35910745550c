import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Waits until all that was set off has come to its end, and can say what has not.
struct Rest {
    let arena: Arena

    /// Two looks at the same silence, so far apart that something under way would have been seen.
    private static let look: Duration = .milliseconds(700)

    /// - Returns: what did not come to rest in time; nothing if all did.
    func wait(within limit: Duration) async throws -> [String] {
        let deadline = ContinuousClock.now + limit
        var seen = -1
        while true {
            let count = arena.recorder.count
            let restless = await restless()
            if restless.isEmpty, seen == count, arena.recorder.count == count { return [] }
            if ContinuousClock.now > deadline {
                return restless.isEmpty ? ["messages go on being published"] : restless
            }
            seen = count
            try await pauseUntil(.now + Self.look)
        }
    }

    private func restless() async -> [String] {
        do {
            var reasons = try await queues()
            reasons += try await services()
            if reasons.isEmpty { reasons += try await streams() }
            return reasons + offers()
        } catch {
            return ["\(error)"]
        }
    }

    private func queues() async throws -> [String] {
        try await arena.depths().filter { $0.value > 0 }.map { "\($0.key) holds \($0.value) messages" }.sorted()
    }

    private func services() async throws -> [String] {
        var reasons: [String] = []
        for subject in arena.subjects {
            guard await subject.process.isReady else {
                reasons.append("\(subject.name) is not ready")
                continue
            }
            let figures = try await subject.process.metrics()
            for name in ["waitlist_outbox_depth", "waitlist_work", "waitlist_blocked", "waitlist_streams_stopped"] {
                let value = figures.sum(name)
                if value > 0 { reasons.append("\(subject.name): \(name) is \(value)") }
            }
        }
        return reasons
    }

    /// Both ends of each stream, and all commands are accounted for.
    private func streams() async throws -> [String] {
        var reasons: [String] = []
        var standings: [ServiceProcess.StreamStatus] = []
        for subject in arena.subjects { standings += try await subject.process.streams() }
        for out in standings where out.direction == "out" && !out.stream.hasSuffix(">\(Exchange.notifications)") {
            let into = standings.first { $0.direction == "in" && $0.stream == out.stream }
            if into?.last != out.last {
                reasons.append("\(out.stream): \(out.last) sent, \(into?.last ?? 0) applied")
            }
        }
        var counters: [String: Int] = [:]
        for subject in arena.subjects where subject.service == .application {
            counters.merge(try await subject.process.counters(), uniquingKeysWith: +)
        }
        let done = ["applied", "refused", "parked", "forwarded"].reduce(0) { $0 + counters[$1, default: 0] }
        let streamed = standings.reduce(0) { sum, standing in
            standing.direction == "in" && standing.stream.contains(">application.") ? sum + Int(standing.last) : sum
        }
        let sent = arena.chronicle.commands.count + streamed
        if done < sent { reasons.append("application: \(sent) came in, \(done) are accounted for") }
        return reasons
    }

    /// Those that have not lapsed: until then nobody else is asked.
    private func offers() -> [String] {
        let last = arena.recorder.messages(.notifyFreeSpot, ours: true).compactMap { message -> Timestamp? in
            guard case .notifyFreeSpot(let round) = message else { return nil }
            return round.expiresAt?.timestamp(in: .gmt)
        }.max()
        guard let last, last > .now() else { return [] }
        return ["offers hold until \(last)"]
    }
}
