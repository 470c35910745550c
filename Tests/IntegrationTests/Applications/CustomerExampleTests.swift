import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// The customer's example messages, exactly as written (contract section 2).
@Suite struct CustomerExampleTests {
    /// The example `create_volunteer_application`, optionally with another date or id.
    private func create(on date: String = "2024-12-09", id: String = "456") -> String {
        """
        {
          "action": "create_volunteer_application",
          "data": {
            "fund_id": 123,
            "volunteer_application_id": \(id),
            "available_spots": 5,
            "application_description": "Помощь в уборке территории парка",
            "application_name": "Помощь в уборке территории",
            "application_date": "\(date)",
            "application_starttime": "14:00:00",
            "application_endtime": "18:00:00"
          }
        }
        """
    }

    private func response(_ volunteer: Int, _ status: String = "accepted") -> String {
        """
        {"action": "volunteer_response",
         "data": {"volunteer_id": \(volunteer), "volunteer_application_id": 456, "status": "\(status)"}}
        """
    }

    private var nextYear: String {
        CivilClock.civil(Timestamp.now().advanced(by: .seconds(365 * 86_400)), in: .gmt).0.description
    }

    // Rules 2, 3, 6, 8, 9.
    @Test func `the customer's examples work from the first call to the last notification`() async throws {
        try await TestSystem.run { system in
            try await system.sendRaw(create(on: nextYear), routingKey: "create_volunteer_application")
            for volunteer in [1, 2, 3, 4, 5, 789, 1011] {
                try await system.sendRaw(response(volunteer), routingKey: "volunteer_response")
            }
            try await system.waitUntil("five are confirmed, two wait") {
                system.statusRecords(.confirmed).count == 5 && system.statusRecords(.waiting).map(\.position) == [1, 2]
            }
            #expect(system.statusRecords(.waiting).map(\.userID) == [789, 1011])
            #expect(system.recorder.recorded(by: .application, .waiting).map(\.volunteerID) == [789, 1011])
            #expect(system.recorder.recorded(by: .waitlist, .waitingListRecord).map(\.volunteerID) == [789, 1011])

            try await system.sendRaw(response(3, "declined"), routingKey: "volunteer_response")
            try await system.waitUntil("both hold offers") { system.offers(456).map(\.userID) == [789, 1011] }
            let round = try #require(system.rounds(456).first)
            // The example `notify_free_spot`: application 456, 1 spot, waiting 789 and 1011.
            #expect(round.availableSpots == 1 && round.waitingVolunteers == [789, 1011] && round.expiresAt != nil)

            try await system.sendRaw(response(789), routingKey: "volunteer_response")
            try await system.quiesce()
            #expect(system.statuses(of: 789) == [.waiting, .available, .confirmed])
            #expect(system.statuses(of: 1011) == [.waiting, .available, .notChosen])
            #expect(system.statuses(of: 3) == [.confirmed])
        }
    }

    // Rule 10: an application created in the past is started at once.
    @Test func `the create example with its past date is understood, and its responses are refused`() async throws {
        try await TestSystem.run { system in
            try await system.sendRaw(create(), routingKey: "create_volunteer_application")
            try await system.sendRaw(response(789), routingKey: "volunteer_response")
            try await system.quiesce()
            #expect(system.statuses(of: 789) == [.refused])
            #expect(system.statusRecords(789).first?.reason == "application_started")
            #expect(system.recorder.recorded(by: .application, .create).contains { $0.applicationID == 456 })
            #expect(try await system.application.run("parked", "list").lines == [])
        }
    }

    // Contract section 7: a response to an unknown application is refused, and recorded with its reason.
    @Test func `a response to an unknown application is refused with a reason`() async throws {
        try await TestSystem.run { system in
            try await system.sendRaw(response(789), routingKey: "volunteer_response")
            try await system.quiesce()
            #expect(system.statusRecords(789).map(\.status) == [.refused])
            #expect(system.statusRecords(789).first?.reason == "unknown_application")
            let refusals = try await system.refusals()
            #expect(refusals.map { Array($0[2...5]) } == [["unknown_application", "volunteer_response", "456", "789"]])
        }
    }

    // Contract section 3: they are treated as accepted responses.
    @Test func `a foreign volunteer_waiting and waiting_list_record are accepted responses`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 1)
            try await system.create("application_id123", spots: 1)
            let waiting = """
                {"action": "volunteer_waiting",
                 "data": {"volunteer_id": 789, "volunteer_application_id": 456, "status": "waiting"}}
                """
            let record = """
                {"user_id": "volunteer123", "application_id": "application_id123", "timestamp": "2024-12-08T12:30:00"}
                """
            try await system.sendRaw(waiting, routingKey: "volunteer_waiting")
            try await system.sendRaw(waiting.replacing("789", with: "790"), routingKey: "volunteer_waiting")
            try await system.sendRaw(record, routingKey: "waiting_list_record")
            try await system.sendRaw(
                record.replacing("volunteer123", with: "volunteer124"), routingKey: "waiting_list_record")
            try await system.quiesce()
            // The first gets the free spot, the second waits.
            #expect(system.statuses(of: 789) == [.confirmed])
            #expect(system.statuses(of: 790) == [.waiting])
            #expect(system.statuses(of: "volunteer123") == [.confirmed])
            #expect(system.statuses(of: "volunteer124") == [.waiting])
        }
    }

    // Contract section 3: only the system issues these.
    @Test func `foreign notify_free_spot and spot_status are recorded as refused and change nothing`() async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 789...789)
            let before = system.statusRecords().count
            let notify = """
                {"action": "notify_free_spot",
                 "data": {"volunteer_application_id": 456, "available_spots": 1, "waiting_volunteers": [789, 1011]}}
                """
            let status = """
                {"application_id": "456", "user_id": "789", "status": "место доступно",
                 "timestamp": "2024-12-08T14:00:00"}
                """
            try await system.sendRaw(notify, exchange: Exchange.spotUpdates, routingKey: "notify_free_spot")
            try await system.sendRaw(status, exchange: Exchange.spotUpdates, routingKey: "spot_status")
            try await system.quiesce()
            let refusals = try await system.refusals()
            #expect(refusals.map { $0[3] } == ["notify_free_spot", "spot_status"])
            #expect(refusals.allSatisfy { $0[4] == "456" && !$0[2].isEmpty })
            #expect(system.statusRecords().count == before)
            #expect(try await system.application.run("parked", "list").lines == [])
        }
    }

    // Contract section 1: ids are equal if their bytes are.
    @Test func `456 and "456" are the same id, and 0456 is another`() async throws {
        try await TestSystem.run { system in
            try await system.sendRaw(create(on: nextYear), routingKey: "create_volunteer_application")
            let asString = response(789).replacing("789", with: "\"789\"").replacing("456", with: "\"456\"")
            try await system.sendRaw(asString, routingKey: "volunteer_response")
            try await system.sendRaw(response(789), routingKey: "volunteer_response")
            try await system.sendRaw(
                response(789).replacing("456", with: "\"0456\""), routingKey: "volunteer_response")
            try await system.quiesce()
            #expect(system.statuses(of: 789, about: 456) == [.confirmed])
            #expect(system.statuses(of: 789, about: "0456") == [.refused])
        }
    }

    // Contract section 7.
    @Test func `a create with other content is refused, an equal one changes nothing`() async throws {
        try await TestSystem.run { system in
            let first = create(on: nextYear)
            try await system.sendRaw(first, routingKey: "create_volunteer_application")
            try await system.accept(1, 456)
            try await system.quiesce()
            let before = system.recorder.count { $0.isOurs && !Marker.isIn($0) }

            // The same content, with the id as a string and on one line.
            let again = create(on: nextYear, id: "\"456\"").replacing("\n", with: " ")
            try await system.sendRaw(again, routingKey: "create_volunteer_application")
            try await system.quiesce()
            #expect(try await system.refusals() == [])

            let differing = first.replacing("\"available_spots\": 5", with: "\"available_spots\": 6")
            try await system.sendRaw(differing, routingKey: "create_volunteer_application")
            try await system.quiesce()
            let refusals = try await system.refusals().map { Array($0[2...4]) }
            #expect(refusals == [["differing_application", "create_volunteer_application", "456"]])
            #expect(system.recorder.count { $0.isOurs && !Marker.isIn($0) } == before)
        }
    }
}
