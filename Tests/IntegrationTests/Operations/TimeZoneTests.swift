import Contracts
import Foundation
import TestSupport
import Testing

/// The rules of time zones are those of the machine, and starts follow them (contract section 1).
@Suite struct TimeZoneTests {
    private static let zone = "Asia/Almaty"

    private func command(_ id: ID, spots: Int, at start: (CivilDate, CivilTime)) -> Message {
        .create(
            CreateVolunteerApplication(
                fundID: 123, applicationID: id, availableSpots: spots, description: "", name: "Парк", date: start.0,
                startTime: start.1, endTime: start.1, timeZone: Self.zone))
    }

    private func startsAt(_ id: ID, _ client: APIClient) async throws -> String {
        try await client.get("/v1/applications/\(id)").decoded(as: API.Application.self).starts_at
    }

    @Test func `when the rules change, starts, offers and reminders follow them, and nobody is told of a change`()
        async throws
    {
        let zones = try ZoneFolder([Self.zone: "<+06>-6"])
        let settings = ["TZDIR": zones.path, "REMINDERS": "PT19H"]
        let kinds = ServiceProcess.Kind.allCases
        try await TestSystem.run(settings: settings, services: kinds) { system in
            let client = try await system.client()
            // In 20 hours by the rules of today, in 19 hours by those of tomorrow.
            let start = Timestamp(milliseconds: Timestamp.now().milliseconds / 1000 * 1000)
                .advanced(by: .seconds(20 * 3600))
            let rules = try #require(TimeZoneDatabase(folder: zones.path).rules(named: Self.zone))
            let civil = CivilClock.civil(start, in: rules)
            let moved = start.advanced(by: .seconds(-3600))
            try await system.send(command(456, spots: 2, at: civil))
            // 1 and 3 are confirmed, 2 waits and is offered the spot of 1, until the start.
            for volunteer in [1, 3, 2] as [ID] { try await system.accept(volunteer, 456) }
            try await system.decline(1, 456)
            try await system.waitUntil("2 has an offer") {
                system.kinds(to: 2) == [.waiting, .spotAvailable] && system.kinds(to: 3) == [.confirmed]
            }
            #expect(try await startsAt(456, client) == start.description)
            #expect(system.statusRecords(2, .available).last?.expiresAt == .instant(start))

            for kind in kinds { try await system.service(kind).stop() }
            try zones.set(Self.zone, to: "<+07>-7")
            for kind in kinds { try await system.service(kind).start() }
            for kind in kinds { try await system.service(kind).waitUntilReady() }
            try await system.waitUntil("the start moves") { try await startsAt(456, client) == moved.description }
            try await system.waitUntil("the offer of 2 moves") {
                let response = try await client.get("/v1/applications/456/responses/2").decoded(as: API.Response.self)
                return response.offer_expires_at == moved.description
            }
            try await system.waitUntil("3 is reminded, 19 hours before the new start") {
                system.kinds(to: 3) == [.confirmed, .reminder]
            }
            try await system.send(command(457, spots: 1, at: civil))
            try await system.waitUntil("457 exists") { try await client.get("/v1/applications/457").status == 200 }
            #expect(try await startsAt(457, client) == moved.description)

            // While the services run, and back again.
            try zones.set(Self.zone, to: "<+06>-6")
            try await system.waitUntil("the start moves back") {
                for id in [456, 457] as [ID] where try await startsAt(id, client) != start.description { return false }
                return true
            }
            try await system.update(456, name: "Лес")
            try await system.waitUntil("2 and 3 are told of the name, and of nothing else") {
                system.kinds(to: 2) == [.waiting, .spotAvailable, .changed]
                    && system.kinds(to: 3) == [.confirmed, .reminder, .changed]
            }
            try await system.accept(2, 456)
            try await system.waitUntil("2 takes the offer") { system.kinds(to: 2).last == .confirmed }
            try await system.quiesce()
            #expect(system.kinds(to: 2) == [.waiting, .spotAvailable, .changed, .confirmed])
            #expect(system.kinds(to: 3) == [.confirmed, .reminder, .changed])
        }
    }

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `without time zones a service says what is missing, and exits 64`(_ kind: ServiceProcess.Kind) async throws {
        let folder = try TemporaryFolder("no-zones")
        let process = try ServiceProcess(
            kind, settings: ["DATA_DIR": folder.path, "TZDIR": folder.path], folder: folder.url)
        try await process.start()
        #expect(try await process.waitForExit() == 64)
        #expect(
            process.errorLines == [
                "\(kind.rawValue): \(folder.path) has no time zones: install the package tzdata, "
                    + "or set TZDIR to its folder"
            ])
    }
}
