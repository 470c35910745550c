import Broker
import BrokerTesting
import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// The broker, the three services and who watches them: what a run is played on.
final class Arena: Sendable {
    let broker: ThrowawayBroker
    let conditions: Conditions
    let url: String
    let subjects: [Subject]
    let recorder: MessageRecorder
    let chronicle: Chronicle
    private let outside: BrokerClient
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
        let recorder = try MessageRecorder(url: url, keys: ["#"])
        self.recorder = recorder
        let chronicle = Chronicle { recorder.count }
        self.chronicle = chronicle
        outside = BrokerClient(url: url)
        var subjects: [Subject] = []
        for service in ServiceName.allCases {
            for process in 0..<conditions.processes(of: service) {
                subjects.append(
                    try await Subject(
                        service, process: process, conditions: conditions, url: url, folder: folder,
                        chronicle: chronicle))
            }
        }
        self.subjects = subjects
    }

    /// Builds it in a virtual host of its own, plays, and takes it down whatever happens.
    static func open<Result: Sendable>(
        on broker: ThrowawayBroker, under conditions: Conditions, keep: String?,
        _ body: @Sendable (Arena) async throws -> Result
    ) async throws -> Result {
        let parent = keep.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let folder = parent.appending(path: "chaos-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.removeItem(at: folder)
        let arena = try await Arena(broker, conditions, broker.virtualHost(), folder, keeps: keep != nil)
        do {
            let result = try await arena.supervised(body)
            await arena.close()
            return result
        } catch {
            await arena.close()
            throw error
        }
    }

    private func supervised<Result: Sendable>(
        _ body: @Sendable (Arena) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [recorder] in try await recorder.run() }
            for subject in subjects { try await subject.start() }
            for subject in subjects {
                try await subject.process.waitUntilReady()
                group.addTask { try await subject.supervise() }
            }
            let result = try await body(self)
            recorder.stop()
            group.cancelAll()
            return result
        }
    }

    private func close() async {
        recorder.stop()
        for subject in subjects { await subject.close() }
        await outside.close()
        if !keeps { try? FileManager.default.removeItem(at: folder) }
    }

    subscript(_ service: ServiceName, process: Int = 0) -> Subject {
        subjects.first { $0.service == service && $0.index == process } ?? subjects[0]
    }

    // MARK: - The world

    /// Sends it until the broker has it: only then the next is sent, so that commands keep their order.
    func insist(_ command: Command) async throws {
        let began = ContinuousClock.now
        try await eventually("the broker takes \(command.messageID)") {
            await send(command)
        }
        let waited = ContinuousClock.now - began
        if waited > .seconds(1) { chronicle.note("the world waited \(waited) for the broker") }
        chronicle.took(command)
    }

    /// Once; true if the broker has it.
    @discardableResult
    func send(_ command: Command) async -> Bool {
        let message = OutgoingMessage(
            exchange: command.exchange, routingKey: command.routingKey,
            properties: MessageProperties(
                contentType: "application/json", messageID: command.messageID, deliveryMode: 2,
                headers: [HeaderName.traceparent: .string(command.traceparent)]),
            body: command.bytes)
        // A channel that the broker has forgotten never answers; a new one does.
        let outcome = try? await outside.perform { try $0.publishBatch([message], within: .seconds(3)) }
        return outcome == [.confirmed]
    }

    /// How many messages wait in each queue.
    func depths() async throws -> [String: Int] {
        let queues = [Topology.ingressQueue] + subjects.flatMap { $0.partitions.map(\.queue) }
        return try await outside.perform { session in
            var depths: [String: Int] = [:]
            for queue in queues { depths[queue] = try session.messageCount(queue) }
            return depths
        }
    }

    /// Takes up to so many messages out of a partition's queue, as an operator might by mistake, while its owner is
    /// down; none where the broker is down too.
    func steal(_ count: Int, from queue: String) async -> Int {
        let taken = try? await outside.perform { session in
            let waiting = try session.messageCount(queue)
            guard waiting > 0 else { return 0 }
            return try session.take(min(count, waiting), from: queue, within: .seconds(2)).count
        }
        return taken ?? 0
    }

    /// All faults end, and all services are there.
    func heal() async throws {
        _ = try? await broker.restart()
        for alarm in [ThrowawayBroker.Alarm.memory, .disk] { try await broker.setAlarm(false, of: alarm) }
        for subject in subjects { try await subject.heal() }
    }

    func sample() {
        for subject in subjects { subject.sample() }
    }
}
