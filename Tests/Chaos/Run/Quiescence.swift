import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Waits until the system is quiescent: everything that was started has ended. Reports what has not.
struct Quiescence {
    let stage: ChaosStage

    /// The interval between two checks, long enough to observe work in progress.
    private static let interval: Duration = .milliseconds(700)

    /// - Returns: what is still in progress at the end of the limit; empty if nothing is.
    func wait(within limit: Duration) async throws -> [String] {
        let deadline = ContinuousClock.now + limit
        var seen = -1
        while true {
            let count = stage.recorder.count
            let inProgress = await inProgress()
            if inProgress.isEmpty, seen == count, stage.recorder.count == count { return [] }
            if ContinuousClock.now > deadline {
                return inProgress.isEmpty ? ["messages are still being published"] : inProgress
            }
            seen = count
            try await pauseUntil(.now + Self.interval)
        }
    }

    private func inProgress() async -> [String] {
        do {
            var reasons = try await queues()
            reasons += try await services()
            if reasons.isEmpty { reasons += try await stage.unsettledMoves() }
            if reasons.isEmpty { reasons += try await streams() }
            return reasons + offers()
        } catch {
            return ["\(error)"]
        }
    }

    private func queues() async throws -> [String] {
        try await stage.depths().filter { $0.value > 0 }.map { "\($0.key) holds \($0.value) messages" }.sorted()
    }

    private func services() async throws -> [String] {
        var reasons: [String] = []
        for target in stage.targets {
            guard await target.process.isReady else {
                reasons.append("\(target.name) is not ready")
                continue
            }
            let figures = try await target.process.metrics()
            for name in ["waitlist_outbox_depth", "waitlist_work", "waitlist_blocked", "waitlist_streams_resyncing"] {
                let value = figures.sum(name)
                if value > 0 { reasons.append("\(target.name): \(name) is \(value)") }
            }
        }
        return reasons
    }

    /// Both ends of each stream are equal, and the counters account for all commands.
    private func streams() async throws -> [String] {
        var reasons: [String] = []
        var standings: [ServiceProcess.StreamStatus] = []
        for target in stage.reporters { standings += try await target.process.streams() }
        for out in standings where out.direction == "out" && !out.stream.hasSuffix(">\(Exchange.notifications)") {
            let into = standings.first { $0.direction == "in" && $0.stream == out.stream }
            if into?.last != out.last || out.last > 0 && into?.epoch != out.epoch {
                reasons.append("\(out.stream): \(out.last) sent, \(into?.last ?? 0) applied")
            }
        }
        // What was lost is not counted, or counted again.
        guard !stage.runLog.hasLosses else { return reasons }
        var counters: [String: Int] = [:]
        for target in stage.reporters where target.service == .application {
            counters.merge(try await target.process.counters(), uniquingKeysWith: +)
        }
        let done = ["applied", "refused", "parked", "forwarded"].reduce(0) { $0 + counters[$1, default: 0] }
        let streamed = standings.reduce(0) { sum, standing in
            standing.direction == "in" && standing.stream.contains(">application.") ? sum + Int(standing.last) : sum
        }
        let sent = stage.runLog.commands.count + streamed
        if done < sent { reasons.append("application: \(sent) were received, the counters account for \(done)") }
        return reasons
    }

    /// Offers that have not lapsed: until then no one else is asked.
    private func offers() -> [String] {
        let last = stage.recorder.messages(.notifyFreeSpot, ours: true).compactMap { message -> Timestamp? in
            guard case .notifyFreeSpot(let round) = message else { return nil }
            return round.expiresAt?.timestamp(in: .gmt)
        }.max()
        // WaitlistService notices it a little later.
        guard let last, last.advanced(by: .seconds(1)) > .now() else { return [] }
        return ["offers are valid until \(last)"]
    }
}
