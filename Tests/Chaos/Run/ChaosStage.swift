import Broker
import BrokerTesting
import ChaosHistory
import Contracts
import Foundation
import Synchronization
import TestSupport

/// The environment of a run: the broker, the three services, an observer of all messages, and a client from outside.
final class ChaosStage: Sendable {
    let broker: ThrowawayBroker
    let conditions: Conditions
    let url: String
    let targets: [ServiceUnderTest]
    let recorder: MessageRecorder
    let runLog: RunLog
    private let outside: BrokerClient
    /// Whether commands wait because there is no broker that keeps them.
    private let holdsCommands = Mutex(false)
    private let folder: URL
    private let keeps: Bool

    private init(
        _ broker: ThrowawayBroker, _ conditions: Conditions, _ url: String, _ folder: URL, keeps: Bool
    ) async throws {
        self.broker = broker
        self.conditions = conditions
        self.url = url
        self.folder = folder
        self.keeps = keeps
        let recorder = try MessageRecorder(url: url, keys: ["#"], isReplicated: true)
        self.recorder = recorder
        let runLog = RunLog { recorder.count }
        self.runLog = runLog
        outside = BrokerClient(url: url)
        var targets: [ServiceUnderTest] = []
        for service in ServiceName.allCases {
            for process in 0..<conditions.processes(of: service) {
                targets.append(
                    try await ServiceUnderTest(
                        service, process: process, conditions: conditions, url: url, folder: folder,
                        runLog: runLog))
            }
        }
        self.targets = targets
    }

    /// Builds the stage in its own virtual host, runs `body`, and tears the stage down in any case.
    static func open<Result: Sendable>(
        on broker: ThrowawayBroker, under conditions: Conditions, keep: String?,
        _ body: @Sendable (ChaosStage) async throws -> Result
    ) async throws -> Result {
        let parent = keep.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let folder = parent.appending(path: "chaos-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.removeItem(at: folder)
        let stage = try await ChaosStage(broker, conditions, broker.virtualHost(), folder, keeps: keep != nil)
        do {
            let result = try await stage.supervised(body)
            await stage.close()
            return result
        } catch {
            await stage.close()
            throw error
        }
    }

    private func supervised<Result: Sendable>(
        _ body: @Sendable (ChaosStage) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [recorder] in try await recorder.run() }
            for target in targets { try await target.start() }
            for target in targets {
                try await target.process.waitUntilReady()
                group.addTask { try await target.supervise() }
            }
            let result = try await body(self)
            recorder.stop()
            group.cancelAll()
            return result
        }
    }

    private func close() async {
        recorder.stop()
        for target in targets { await target.close() }
        await outside.close()
        if !keeps { try? FileManager.default.removeItem(at: folder) }
    }

    /// Those whose subcommands say everything about all files: one of the processes that share a folder.
    var reporters: [ServiceUnderTest] { conditions.sharing > 1 ? targets.filter { $0.index == 0 } : targets }

    subscript(_ service: ServiceName, process: Int = 0) -> ServiceUnderTest {
        targets.first { $0.service == service && $0.index == process } ?? targets[0]
    }

    // MARK: - Outside

    /// Sends the command until the broker confirms it, so that commands keep their order.
    func sendUntilConfirmed(_ command: Command) async throws {
        let began = ContinuousClock.now
        runLog.recordSent(command)
        try await eventually("the broker confirms \(command.messageID)") {
            await send(command)
        }
        let waited = ContinuousClock.now - began
        if waited > .seconds(1) { runLog.note("waited \(waited) for the broker to confirm a command") }
        runLog.recordConfirmed(command)
    }

    func holdCommands(_ holds: Bool) { holdsCommands.withLock { $0 = holds } }

    /// Sends the command once. Returns whether the broker confirmed it.
    @discardableResult
    func send(_ command: Command) async -> Bool {
        guard !holdsCommands.withLock({ $0 }) else { return false }
        let message = OutgoingMessage(
            exchange: command.exchange, routingKey: command.routingKey,
            properties: MessageProperties(
                contentType: "application/json", messageID: command.messageID, deliveryMode: 2,
                headers: [HeaderName.traceparent: .string(command.traceparent)]),
            body: command.bytes)
        // A channel that the broker has lost never answers; the next attempt opens another.
        let outcome = try? await outside.perform { try $0.publishBatch([message], within: .seconds(3)) }
        return outcome == [.confirmed]
    }

    /// The number of messages that the observer has not got yet.
    func observerDepth() async throws -> Int {
        try await outside.perform { try $0.messageCount(MessageRecorder.queue) }
    }

    /// The number of messages in each queue.
    func depths() async throws -> [String: Int] {
        let addresses = ServiceName.allCases.flatMap { service in
            (0..<conditions.partitions).map { Address(service: service, partition: Partition(number: $0)) }
        }
        let queues = [Topology.ingressQueue] + addresses.map(\.queue)
        return try await outside.perform { session in
            var depths: [String: Int] = [:]
            for queue in queues { depths[queue] = try session.messageCount(queue) }
            return depths
        }
    }

    /// Removes up to `count` messages from a partition's queue while its owner is down, as an operator might do by
    /// mistake. Returns their number, 0 if the broker is down too.
    func steal(_ count: Int, from queue: String) async -> Int {
        let taken = try? await outside.perform { session in
            let waiting = try session.messageCount(queue)
            guard waiting > 0 else { return 0 }
            return try session.take(min(count, waiting), from: queue, within: .seconds(2)).count
        }
        return taken ?? 0
    }

    /// Ends all faults and starts every service that is down.
    func heal() async throws {
        _ = try? await broker.restart()
        for alarm in [ThrowawayBroker.Alarm.memory, .disk] { try await broker.setAlarm(false, of: alarm) }
        for target in targets { try await target.heal() }
    }

    func sample() {
        runLog.recordMoment()
        for target in targets { target.sample() }
    }
}
