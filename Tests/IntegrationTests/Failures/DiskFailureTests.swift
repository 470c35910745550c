import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// While a file cannot be written, nothing is acked, published or parked; afterwards everything takes effect once
/// (contract section 7).
@Suite struct DiskFailureTests {
    /// The service whose writes fail, and the error.
    struct Fault: Sendable, CustomTestStringConvertible {
        let kind: ServiceProcess.Kind
        let errno: Int32
        var testDescription: String { "\(kind.rawValue), errno \(errno)" }
    }

    static let faults = CrashTests.applicationAndWaitlist.flatMap { kind in
        [ENOSPC, EIO].map { Fault(kind: kind, errno: $0) }
    }

    @Test(arguments: faults) func `a full disk pauses the partition and loses nothing`(
        fault: Fault
    ) async throws {
        try await TestSystem.run(services: []) { system in
            let disk = try await start(system, fault: fault)
            let scenario = Scenario(application: "disk", spots: 3, volunteers: 12)
            try await scenario.send(0..<6, to: system)
            try await system.quiesce()
            let before = system.recorder.count
            disk.fill()
            try await scenario.send(6..<scenario.commands.count, to: system)
            try await system.waitUntil("it is not ready") { await !disk.service.isReady }
            #expect(try await disk.service.get("readyz").status == 503)
            #expect(try await disk.service.get("healthz").status == 200)
            if fault.kind == .application {
                let http = try await system.client()
                let refused = try await http.create(1, spots: 1)
                try expectProblem(refused, 503, "unavailable")
                #expect(refused.headers["retry-after"] == "5")
                #expect(try await http.get("/v1/applications").status == 200, "reads still work")
            }
            try await system.waitUntil("the recorder has all commands") {
                system.recorder.count { !$0.isOurs } >= scenario.commands.count
            }
            // The paused service publishes and parks nothing.
            let name = fault.kind == .application ? "application.p00" : "waitlist.p00"
            let published = system.recorder.recorded(after: before).filter { $0.properties.appID == name }
            #expect(published.map(\.text) == [])
            #expect(try await disk.service.run("parked", "list").lines == [])
            #expect(try await disk.service.run("blocked", "list").lines == [])
            disk.clear()
            try await disk.service.waitUntilReady()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
            #expect(try await disk.service.run("parked", "list").lines == [])
        }
    }

    @Test(arguments: CrashTests.applicationAndWaitlist)
    func `a service killed while its disk is full has acked nothing`(kind: ServiceProcess.Kind) async throws {
        try await TestSystem.run(services: []) { system in
            let disk = try await start(system, fault: Fault(kind: kind, errno: ENOSPC))
            let scenario = Scenario(application: "killed", spots: 3, volunteers: 12)
            disk.fill()
            try await scenario.send(to: system)
            try await system.waitUntil("it is not ready") { await !disk.service.isReady }
            await disk.service.kill()
            disk.clear()
            try await disk.service.start()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test(arguments: CrashTests.applicationAndWaitlist)
    func `SIGTERM stops a service whose disk is full, and nothing is lost`(kind: ServiceProcess.Kind) async throws {
        try await TestSystem.run(services: []) { system in
            let disk = try await start(system, fault: Fault(kind: kind, errno: ENOSPC))
            let scenario = Scenario(application: "ended", spots: 3, volunteers: 12)
            disk.fill()
            try await scenario.send(to: system)
            try await system.waitUntil("it is not ready") { await !disk.service.isReady }
            let code = try await disk.service.stop(within: ServiceProcess.shutdownTime)
            #expect(code == 0, "\(disk.service.logTail)")
            disk.clear()
            try await disk.service.start()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test(arguments: CrashTests.applicationAndWaitlist)
    func `a power failure takes what was not synced, and nothing else`(kind: ServiceProcess.Kind) async throws {
        try await TestSystem.run(services: []) { system in
            let disk = try await start(system, fault: Fault(kind: kind, errno: ENOSPC))
            let scenario = Scenario(application: "power", spots: 3, volunteers: 12)
            try await scenario.send(0..<8, to: system)
            try await system.waitUntil("the first three have a spot, the others wait") {
                system.statusRecords(.confirmed, about: scenario.application).count == 3
                    && system.statusRecords(.waiting, about: scenario.application).count == 4
            }
            disk.failSyncs()
            try await scenario.send(8..<scenario.commands.count, to: system)
            try await system.waitUntil("it is not ready") { await !disk.service.isReady }
            await disk.service.kill()
            #expect(try disk.unsyncedWrites.undo() > 0)
            disk.clear()
            try await disk.service.start()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    /// The disk of one service.
    private struct Disk {
        let service: ServiceProcess
        let marker: URL
        let syncMarker: URL
        let unsyncedWrites: UnsyncedWrites

        func fill() { _ = FileManager.default.createFile(atPath: marker.path, contents: nil) }
        func failSyncs() { _ = FileManager.default.createFile(atPath: syncMarker.path, contents: nil) }

        func clear() {
            for file in [marker, syncMarker] { try? FileManager.default.removeItem(at: file) }
        }
    }

    /// Starts both services, one of them with the fault libraries.
    private func start(_ system: TestSystem, fault: Fault) async throws -> Disk {
        let library = try await FaultLibrary.compile("full_disk", into: system.data)
        let service = fault.kind == .application ? system.application : system.waitlist
        let unsyncedWrites = try await UnsyncedWrites(in: system.data)
        let disk = Disk(
            service: service, marker: system.data.appending(path: "disk-is-full"),
            syncMarker: system.data.appending(path: "syncs-fail"), unsyncedWrites: unsyncedWrites)
        for other in [system.application, system.waitlist] {
            let settings = [
                "LD_PRELOAD": "\(library.path):\(unsyncedWrites.library.path)", "FAULT_MARKER": disk.marker.path,
                "FAULT_SYNC_MARKER": disk.syncMarker.path, "FAULT_DIR": system.data.path,
                "FAULT_ERRNO": "\(fault.errno)",
            ]
            try await other.start(other === service ? settings : [:])
        }
        for other in [system.application, system.waitlist] { try await other.waitUntilReady() }
        return disk
    }
}
