import Contracts
import Foundation
import TestSupport
import Testing

/// What is over is forgotten (contract section 7).
@Suite struct RetentionTests {
    @Test func `a short time after RETENTION all services have forgotten an application, and its id is free`()
        async throws
    {
        let settings = ["RETENTION": "PT2S"]
        let services: [ServiceProcess.Kind] = [.application, .waitlist, .notifier]
        // The invariants know an id only once.
        try await TestSystem.run(settings: settings, services: services, invariants: false) { system in
            let http = try await system.client()
            try await system.create(456, spots: 1, startsIn: .seconds(5))
            for volunteer in [1, 2] { try await system.accept(ID(volunteer), 456) }
            try await system.waitUntil("one waits") { system.statuses(of: 2) == [.waiting] }
            #expect(try await http.get("/v1/applications/456").status == 200)

            try await system.waitUntil("it is forgotten") { try await http.get("/v1/applications/456").status == 404 }
            for (process, kinds) in [
                (system.application, ["applications": 1.0, "members": 2]),
                (system.waitlist, ["lists": 1, "entries": 1]),
                (system.notifier, ["applications": 1, "recipients": 2]),
            ] {
                for (kind, count) in kinds {
                    try await eventually("\(process.kind) forgets \(kind)") {
                        try await process.metrics().sum("waitlist_forgotten_total", where: "kind=\"\(kind)\"") == count
                    }
                }
            }

            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statusRecords(3).map(\.reason) == ["unknown_application"])
            #expect(try await http.respond(4, 456).status == 404)
            try await system.create(456, spots: 1)
            try await system.accept(2, 456)
            try await system.accept(1, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 2).suffix(1) == [.confirmed])
            #expect(system.statuses(of: 1) == [.confirmed, .waiting])
            for process in system.processes {
                #expect(try await process.run("blocked", "list").lines == [], "\(process.kind)")
            }
        }
    }

    @Test func `what is over survives a restart with RETENTION none`() async throws {
        try await TestSystem.run(settings: ["RETENTION": "none"], services: [.application]) { system in
            let http = try await system.client()
            try await system.create(456, spots: 1, startsIn: .seconds(-9 * 365 * 86_400))
            try await system.waitUntil("it exists") { try await http.get("/v1/applications/456").status == 200 }
            await system.application.kill()
            try await system.application.start()
            try await system.application.waitUntilReady()
            try await system.quiesce()
            #expect(try await system.client().get("/v1/applications/456").status == 200)
            #expect(try await system.application.metrics().sum("waitlist_forgotten_total") == 0)
        }
    }
}
