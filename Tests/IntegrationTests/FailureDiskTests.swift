import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// A file that cannot be written: nothing is acked, told or parked, and afterwards all is done, once (contract section
/// 7).
@Suite struct FailureDiskTests {
    /// Which service's disk, and what its writes fail with.
    struct Fault: Sendable, CustomTestStringConvertible {
        let kind: ServiceProcess.Kind
        let errno: Int32
        var testDescription: String { "\(kind.rawValue), errno \(errno)" }
    }

    static let faults = FailureCrashTests.gateAndList.flatMap { kind in
        [ENOSPC, EIO].map { Fault(kind: kind, errno: $0) }
    }

    @Test(arguments: faults) func `a disk that is full pauses the partition and loses nothing`(
        fault: Fault
    ) async throws {
        try await Stage.run(services: []) { stage in
            let disk = try await start(stage, fault: fault)
            let crowd = Crowd(application: "disk", spots: 3, volunteers: 12)
            try await crowd.send(0..<6, to: stage)
            try await stage.quiesce()
            let before = stage.watch.count
            disk.fill()
            try await crowd.send(6..<crowd.commands.count, to: stage)
            try await stage.expect("it is not ready") { await !disk.service.isReady }
            #expect(try await disk.service.get("readyz").status == 503)
            #expect(try await disk.service.get("healthz").status == 200)
            if fault.kind == .application {
                let http = try await stage.client()
                let refused = try await http.create(1, spots: 1)
                try IntegrationTests.expect(refused, 503, "unavailable")
                #expect(refused.headers["retry-after"] == "5")
                #expect(try await http.get("/v1/applications").status == 200, "what is there can be read")
            }
            try await stage.expect("all that was published is seen") {
                stage.watch.count { !$0.isOurs } >= crowd.commands.count
            }
            // Nothing that the paused service says is new, and nothing is set aside.
            let name = fault.kind == .application ? "application.p00" : "waitlist.p00"
            let said = stage.watch.recorded(after: before).filter { $0.properties.appID == name }
            #expect(said.map(\.text) == [])
            #expect(try await disk.service.run("parked", "list").lines == [])
            #expect(try await disk.service.run("blocked", "list").lines == [])
            disk.clear()
            try await disk.service.waitUntilReady()
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
            #expect(try await disk.service.run("parked", "list").lines == [])
        }
    }

    @Test(arguments: FailureCrashTests.gateAndList)
    func `a service that is killed while its disk is full has acked nothing`(kind: ServiceProcess.Kind) async throws {
        try await Stage.run(services: []) { stage in
            let disk = try await start(stage, fault: Fault(kind: kind, errno: ENOSPC))
            let crowd = Crowd(application: "killed", spots: 3, volunteers: 12)
            disk.fill()
            try await crowd.send(to: stage)
            try await stage.expect("it is not ready") { await !disk.service.isReady }
            await disk.service.kill()
            disk.clear()
            try await disk.service.start()
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }

    @Test(arguments: FailureCrashTests.gateAndList)
    func `SIGTERM ends a service whose disk is full, and nothing is lost`(kind: ServiceProcess.Kind) async throws {
        try await Stage.run(services: []) { stage in
            let disk = try await start(stage, fault: Fault(kind: kind, errno: ENOSPC))
            let crowd = Crowd(application: "ended", spots: 3, volunteers: 12)
            disk.fill()
            try await crowd.send(to: stage)
            try await stage.expect("it is not ready") { await !disk.service.isReady }
            let code = try await disk.service.stop(within: ServiceProcess.timeToEnd)
            #expect(code == 0, "\(disk.service.logTail)")
            disk.clear()
            try await disk.service.start()
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }

    /// One service's disk.
    private struct Disk {
        let service: ServiceProcess
        let marker: URL

        func fill() { _ = FileManager.default.createFile(atPath: marker.path, contents: nil) }
        func clear() { try? FileManager.default.removeItem(at: marker) }
    }

    /// Compiles the fault and starts both services, one of them on the disk that can be filled.
    private func start(_ stage: Stage, fault: Fault) async throws -> Disk {
        let library = try await FaultLibrary.compile("full_disk", into: stage.data)
        let service = fault.kind == .application ? stage.application : stage.waitlist
        let disk = Disk(service: service, marker: stage.data.appending(path: "disk-is-full"))
        for other in [stage.application, stage.waitlist] {
            let settings = [
                "LD_PRELOAD": library.path, "FAULT_MARKER": disk.marker.path, "FAULT_DIR": stage.data.path,
                "FAULT_ERRNO": "\(fault.errno)",
            ]
            try await other.start(other === service ? settings : [:])
        }
        for other in [stage.application, stage.waitlist] { try await other.waitUntilReady() }
        return disk
    }
}
