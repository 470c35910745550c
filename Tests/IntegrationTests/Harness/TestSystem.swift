import BrokerTesting
import Contracts
import Foundation
import Synchronization
import TestSupport
import Testing

/// The system under test: the real services with a virtual host and a data folder of their own, and a recorder of
/// everything they publish. At the end of a test, passed or failed, the processes and the data are removed.
final class TestSystem: Sendable {
    /// The broker of this virtual host. Other tests use it too, unless `run` was called with `ownBroker`.
    let broker: ThrowawayBroker
    /// The AMQP URL of the virtual host, with the user guest.
    let url: String
    /// The services' `DATA_DIR`.
    let data: URL
    let partitions: Int
    let application: ServiceProcess
    let waitlist: ServiceProcess
    let notifier: ServiceProcess
    /// Those that a test runs in addition.
    let additional: AdditionalProcesses
    let recorder: MessageRecorder
    /// Takes the place of the services that do not run.
    let headAnswerer: HeadAnswerer
    let brokerClient: BrokerClient
    /// The state of `quiesce`.
    let markers = Mutex(Marker())

    private static let count = Atomic<Int>(0)
    /// How many systems run at once, since each has two or three processes. `TEST_SYSTEMS` changes it.
    private static let limit = ConcurrencyLimit(
        ProcessInfo.processInfo.environment["TEST_SYSTEMS"].flatMap { Int($0) } ?? 6)

    private init(
        broker: ThrowawayBroker, url: String, partitions: Int, settings: [String: String], keeping keys: [String]
    ) throws {
        self.broker = broker
        self.url = url
        self.partitions = partitions
        let number = Self.count.add(1, ordering: .relaxed).newValue
        // Short: the path of a Unix socket has at most 108 bytes.
        data = FileManager.default.temporaryDirectory
            .appending(path: "system-\(ProcessInfo.processInfo.processIdentifier)-\(number)")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        let settings = ["AMQP_URL": url, "DATA_DIR": data.path, "PARTITIONS": "\(partitions)"]
            .merging(settings) { $1 }
        application = try ServiceProcess(.application, settings: settings, folder: data)
        waitlist = try ServiceProcess(.waitlist, settings: settings, folder: data)
        notifier = try ServiceProcess(.notifier, settings: settings, folder: data)
        recorder = try MessageRecorder(url: url, keys: keys)
        let services: [ServiceName: ServiceProcess] = [
            .application: application, .waitlist: waitlist, .notifier: notifier,
        ]
        let additional = AdditionalProcesses()
        self.additional = additional
        headAnswerer = try HeadAnswerer(broker: broker, url: url) { consumer in
            guard let service = services[consumer.service] else { return false }
            return service.isRunning || additional.areRunning(service.kind)
        }
        brokerClient = BrokerClient(url: url)
    }

    /// Sets up the system, waits until the services are ready, runs the test, and checks the general invariants.
    /// - Parameters:
    ///   - settings: environment variables of all services, in addition to those that the system sets.
    ///   - services: the services that run when `body` begins; it can start the others itself.
    ///   - ownBroker: for tests that stop or kill the broker, or raise its alarm.
    ///   - keys: the binding keys of the recorder. The invariants cover only what it records.
    ///   - invariants: false for tests that break them on purpose, for example by publishing forged streams.
    static func run(
        partitions: Int = 1, offerFactor: String = "all", offerWindow: String = "PT24H",
        settings: [String: String] = [:], services: [ServiceProcess.Kind] = [.application, .waitlist],
        ownBroker: Bool = false, watching keys: [String] = ["#"], invariants: Bool = true,
        _ body: (TestSystem) async throws -> Void
    ) async throws {
        try await limit.run {
            let broker = ownBroker ? try await ThrowawayBroker.start() : try await .shared()
            let system = try TestSystem(
                broker: broker, url: try await broker.virtualHost(), partitions: partitions,
                settings: ["OFFER_FACTOR": offerFactor, "OFFER_WINDOW": offerWindow].merging(settings) { $1 },
                keeping: keys)
            let failure = await system.runServices(services, invariants: invariants, body)
            await system.cleanUp(ownBroker: ownBroker)
            if let failure { throw failure }
        }
    }

    private func runServices(
        _ services: [ServiceProcess.Kind], invariants: Bool, _ body: (TestSystem) async throws -> Void
    ) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            for run in [recorder.run, headAnswerer.run] {
                group.addTask {
                    do { try await run() } catch { return error }
                    return nil
                }
            }
            var failure: (any Error)?
            do {
                try await headAnswerer.startTracing()
                try await declareQueues(except: services)
                for kind in services { try await service(kind).start() }
                for kind in services { try await service(kind).waitUntilReady() }
                try await body(self)
                try await stopServices()
                if invariants {
                    let violations = Invariants(partitions: partitions).violations(in: recorder.recorded)
                    #expect(violations == [], "\(report)")
                }
            } catch {
                failure = TestSystemFailure(error: error, report: report)
            }
            recorder.stop()
            headAnswerer.stop()
            for await error in group where failure == nil { failure = error }
            return failure
        }
    }

    /// Declares the queues of the services that do not run, as if they had run before: what is sent to them waits
    /// there, and is not returned.
    func declareQueues(except running: [ServiceProcess.Kind]) async throws {
        let names: [(ServiceProcess.Kind, ServiceName)] = [
            (.application, .application), (.waitlist, .waitlist), (.notifier, .notifier),
        ]
        let declarations = names.filter { !running.contains($0.0) }
            .flatMap { Topology.of($0.1, partitions: partitions).declarations }
        try await brokerClient.perform { try $0.declare(declarations) }
    }

    func service(_ kind: ServiceProcess.Kind) -> ServiceProcess {
        switch kind {
        case .application: application
        case .waitlist: waitlist
        case .notifier: notifier
        }
    }

    var processes: [ServiceProcess] { [application, waitlist, notifier] }

    /// A service exits with 0 within 10 s of SIGTERM (contract section 9), even if the broker is down.
    private func stopServices() async throws {
        for process in processes where process.isRunning {
            process.signal(SIGCONT)
            process.signal(SIGTERM)
        }
        for process in processes where process.wasTerminated {
            let code = try await process.waitForExit(within: ServiceProcess.shutdownTime + .seconds(2))
            #expect(code == 0, "\(process.kind) after SIGTERM:\n\(process.logTail)")
        }
    }

    private func cleanUp(ownBroker: Bool) async {
        for process in processes { await process.kill() }
        await brokerClient.close()
        RecordingFile.append(recorder.recorded)
        if ownBroker {
            try? await broker.remove()
        } else {
            let name = url.split(separator: "/").last ?? ""
            _ = try? await broker.evaluate("rabbit_vhost:delete(<<\"\(name)\">>, <<\"tests\">>).")
        }
        try? FileManager.default.removeItem(at: data)
    }
}

/// The processes that a test runs beside those of the system.
final class AdditionalProcesses: Sendable {
    private let processes = Mutex<[ServiceProcess]>([])

    func add(_ process: ServiceProcess) { processes.withLock { $0.append(process) } }

    /// Whether one of this kind runs.
    func areRunning(_ kind: ServiceProcess.Kind) -> Bool {
        processes.withLock { $0.contains { $0.kind == kind && $0.isRunning } }
    }
}

/// The error that ended a test, with a report of what had happened before.
struct TestSystemFailure: Error, CustomStringConvertible {
    let error: any Error
    let report: String

    var description: String { "\(error)\n\(report)" }
}
