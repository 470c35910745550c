import Contracts
import Foundation
import Synchronization
import TestSupport
import Testing

/// One test's world: a virtual host of its own, a folder of its own, the real services, and a watcher that records all
/// that is published. Whatever happens, it ends its processes and removes what it made.
final class Stage: Sendable {
    /// The broker of this virtual host; somebody else's too, unless it was asked for with `ownBroker`.
    let broker: ThrowawayBroker
    /// The virtual host, as guest.
    let url: String
    /// The services' `DATA_DIR`.
    let data: URL
    let partitions: Int
    let application: ServiceProcess
    let waitlist: ServiceProcess
    let notifier: ServiceProcess
    let watch: Watch
    let outside: Outside
    /// The round trips that `quiesce` has made.
    let markers = Mutex(Marker())

    private static let count = Atomic<Int>(0)

    private init(
        broker: ThrowawayBroker, url: String, partitions: Int, settings: [String: String], keeping keys: [String]
    ) throws {
        self.broker = broker
        self.url = url
        self.partitions = partitions
        let number = Self.count.add(1, ordering: .relaxed).newValue
        // Short: a Unix socket's path has 108 bytes.
        data = FileManager.default.temporaryDirectory
            .appending(path: "stage-\(ProcessInfo.processInfo.processIdentifier)-\(number)")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        let settings = ["AMQP_URL": url, "DATA_DIR": data.path, "PARTITIONS": "\(partitions)"]
            .merging(settings) { $1 }
        application = try ServiceProcess(.application, settings: settings, folder: data)
        waitlist = try ServiceProcess(.waitlist, settings: settings, folder: data)
        notifier = try ServiceProcess(.notifier, settings: settings, folder: data)
        watch = try Watch(url: url, keys: keys)
        outside = Outside(url: url)
    }

    /// Builds the world, starts the services, waits until they are ready, plays, and asserts the general invariants.
    /// - Parameters:
    ///   - settings: of all services, over those the stage makes, by their names in the environment.
    ///   - services: those that run when `body` begins; it can start the others itself.
    ///   - ownBroker: for who stops or kills it, or raises its alarm.
    ///   - keys: what the watcher is bound to. Fewer than all only where the masses would drown it: then the invariants
    ///     know less.
    ///   - invariants: false for who breaks them on purpose, as by restoring an old file.
    static func run(
        partitions: Int = 1, offerFactor: String = "all", offerWindow: String = "PT24H",
        settings: [String: String] = [:], services: [ServiceProcess.Kind] = [.application, .waitlist],
        ownBroker: Bool = false, watching keys: [String] = ["#"], invariants: Bool = true,
        _ body: (Stage) async throws -> Void
    ) async throws {
        await Admission.shared.enter()
        do {
            let broker = ownBroker ? try await ThrowawayBroker.start() : try await .shared()
            let stage = try Stage(
                broker: broker, url: try await broker.virtualHost(), partitions: partitions,
                settings: ["OFFER_FACTOR": offerFactor, "OFFER_WINDOW": offerWindow].merging(settings) { $1 },
                keeping: keys)
            let failure = await stage.play(services, invariants: invariants, body)
            await stage.clear(ownBroker: ownBroker)
            if let failure { throw failure }
        } catch {
            await Admission.shared.leave()
            throw error
        }
        await Admission.shared.leave()
    }

    private func play(
        _ services: [ServiceProcess.Kind], invariants: Bool, _ body: (Stage) async throws -> Void
    ) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask { [watch] in
                do { try await watch.run() } catch { return error }
                return nil
            }
            var failure: (any Error)?
            do {
                for kind in services { try await service(kind).start() }
                for kind in services { try await service(kind).waitUntilReady() }
                try await body(self)
                try await endServices()
                if invariants {
                    let violations = Invariants(partitions: partitions).violations(in: watch.recorded)
                    #expect(violations == [], "\(account)")
                }
            } catch {
                failure = StageFailed(error: error, account: account)
            }
            watch.stop()
            for await error in group where failure == nil { failure = error }
            return failure
        }
    }

    func service(_ kind: ServiceProcess.Kind) -> ServiceProcess {
        switch kind {
        case .application: application
        case .waitlist: waitlist
        case .notifier: notifier
        }
    }

    var processes: [ServiceProcess] { [application, waitlist, notifier] }

    /// SIGTERM, exit 0 within 10 s (contract section 9), also with the broker away.
    private func endServices() async throws {
        for process in processes where process.isRunning {
            process.signal(SIGCONT)
            process.signal(SIGTERM)
        }
        for process in processes where process.wasEndedByUs {
            let code = try await process.waitForExit(within: ServiceProcess.timeToEnd + .seconds(2))
            #expect(code == 0, "\(process.kind) after SIGTERM:\n\(process.logTail)")
        }
    }

    private func clear(ownBroker: Bool) async {
        for process in processes { await process.kill() }
        await outside.close()
        Recording.append(watch.recorded)
        if ownBroker {
            try? await broker.remove()
        } else {
            let name = url.split(separator: "/").last ?? ""
            _ = try? await broker.evaluate("rabbit_vhost:delete(<<\"\(name)\">>, <<\"tests\">>).")
        }
        try? FileManager.default.removeItem(at: data)
    }
}

/// What a test died of, and what had happened until then.
struct StageFailed: Error, CustomStringConvertible {
    let error: any Error
    let account: String

    var description: String { "\(error)\n\(account)" }
}

/// How many stages run at once: each has two processes, and the machine has few cores. `STAGES` sets another number.
private actor Admission {
    static let shared = Admission()

    private var free = ProcessInfo.processInfo.environment["STAGES"].flatMap { Int($0) } ?? 6
    private var queue: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    func leave() {
        if queue.isEmpty { free += 1 } else { queue.removeFirst().resume() }
    }
}
