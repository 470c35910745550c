import ChaosHistory
import Contracts
import Foundation
import TestSupport

extension ChaosStage {
    /// Kills the broker with everything in it, and starts an empty one in its place.
    func replaceBroker() async throws {
        holdCommands(true)
        for target in targets { target.hold() }
        // What the observer has not got yet would be missing from the history.
        await waitForObserver()
        let killed = runLog.moment
        let bindings = try await bindings()
        try await broker.replace(virtualHosts: url.split(separator: "/").suffix(1).map(String.init))
        try recorder.declare()
        for target in targets { target.release() }
        runLog.record(Loss(.brokerReplaced, copied: killed, ended: runLog.moment))
        runLog.note("the new broker is there")
        // The observer's queue takes every command, so the broker would confirm one that ApplicationService's queue
        // does not get yet.
        try await eventually("the ingress is bound again") { try await self.bindings() >= bindings }
        holdCommands(false)
    }

    /// Waits until the observer has everything that was published, at most 20 s.
    func waitForObserver() async {
        try? await eventually(within: .seconds(20), "the observer has everything") {
            let before = recorder.count
            try await pauseUntil(.now + .milliseconds(300))
            // While the broker is away, nobody knows what it still has.
            let depth = try? await observerDepth()
            return depth == 0 && recorder.count == before
        }
    }

    /// The number of bindings of the ingress.
    private func bindings() async throws -> Int {
        let host = url.split(separator: "/").suffix(1).joined()
        let queue = "rabbit_misc:r(<<\"\(host)\">>, queue, <<\"\(Topology.ingressQueue)\">>)"
        let text = try await broker.evaluate("length(rabbit_binding:list_for_destination(\(queue))).")
        return Int(text) ?? 0
    }
}
