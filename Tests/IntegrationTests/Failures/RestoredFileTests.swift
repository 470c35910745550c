import Contracts
import Foundation
import TestSupport
import Testing

/// ApplicationService's file is put back to an earlier copy, with everything beside it, as a backup tool does it
/// (contract section 4).
@Suite struct RestoredFileTests {
    private static let id: ID = "restored"

    /// The second time, the copy is of before the first restore, so its epoch is lower than the consumers'.
    @Test(arguments: [1, 2])
    func `after a restore whatever was accepted since reaches the others, without a restart`(restores: Int) async throws
    {
        try await TestSystem.run(services: [.application, .waitlist, .notifier], invariants: false) { system in
            try await system.create(Self.id, spots: 1)
            for volunteer in ["holder", "v0", "v1"] as [ID] { try await system.accept(volunteer, Self.id) }
            try await system.quiesce()
            #expect(try await system.application.stop() == 0)
            let copy = try TemporaryFolder("copy")
            try moveFiles(from: system.data.path, to: copy.path)

            for round in 1...restores {
                // What happens now is lost.
                try await system.application.start()
                try await system.accept(ID.trusted("lost-\(round)"), Self.id)
                if round == 1 {
                    try await system.decline("holder", Self.id)
                    try await waitForOffer(to: "v1", system)
                    try await system.accept("v0", Self.id)
                }
                try await waitForPlaces(["lost-\(round)"], system)
                #expect(try await system.application.stop() == 0)
                try moveFiles(from: copy.path, to: system.data.path)

                let waiting = (0..<8).map { "queued-\(round)-\($0)" }
                for volunteer in waiting { try await system.accept(.trusted(volunteer), Self.id) }
                try await system.application.start()
                try await system.application.waitUntilReady()
                let later = (0..<8).map { "later-\(round)-\($0)" }
                for volunteer in later { try await system.accept(.trusted(volunteer), Self.id) }
                try await waitForPlaces(waiting + later, system)
                try await system.waitUntil("both sides of every stream agree") { try await agree(system) }
                #expect(try await system.counters(system.application)["restored", default: 0] > 0)
                #expect(try await system.application.get("readyz").status == 200)
                if round < restores { #expect(try await system.application.stop() == 0) }
            }

            // The release that WaitlistService knows from the lost life has a higher number than any of this one.
            let before = offers(to: "v1", system).count
            try await system.decline("holder", Self.id)
            try await system.waitUntil("a new release is offered") { offers(to: "v1", system).count > before }
            try await system.accept("v1", Self.id)
            try await system.waitUntil("the offer is claimed") {
                system.statusRecords(.confirmed, about: Self.id).contains { $0.userID == "v1" }
            }
        }
    }

    /// Without the socket and the log.
    private func moveFiles(from source: String, to target: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: source)
        for name in try FileManager.default.contentsOfDirectory(atPath: target) where isApplication(name) {
            try FileManager.default.removeItem(atPath: "\(target)/\(name)")
        }
        for name in names where isApplication(name) {
            try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(target)/\(name)")
        }
    }

    private func isApplication(_ name: String) -> Bool { name.hasPrefix("application-p00.sqlite") }

    private func offers(to volunteer: ID, _ system: TestSystem) -> [SpotStatusRecord] {
        system.statusRecords(.available, about: Self.id).filter { $0.userID == volunteer && $0.expiresAt != nil }
    }

    private func waitForOffer(to volunteer: ID, _ system: TestSystem) async throws {
        try await system.waitUntil("\(volunteer) has an offer") { !offers(to: volunteer, system).isEmpty }
    }

    private func waitForPlaces(_ volunteers: [String], _ system: TestSystem) async throws {
        let wanted = Set(volunteers)
        try await system.waitUntil("WaitlistService has all of \(volunteers) on its list") {
            wanted.isSubset(of: system.statusRecords(.waiting, about: Self.id).map(\.userID.string))
        }
    }

    private func agree(_ system: TestSystem) async throws -> Bool {
        var statuses: [TestSystem.StreamStatus] = []
        for service in system.processes { statuses += try await system.streams(service) }
        let out = statuses.filter { $0.direction == "out" && $0.stream.hasPrefix("application.") }
        return !out.isEmpty
            && out.allSatisfy { out in
                statuses.contains {
                    $0.direction == "in" && $0.stream == out.stream && $0.epoch == out.epoch && $0.last == out.last
                }
            }
    }
}
