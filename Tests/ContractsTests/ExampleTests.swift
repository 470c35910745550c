import Contracts
import Foundation
import Testing

@Suite struct `The customer's examples` {
    @Test(arguments: [
        ("create_volunteer_application", Action.create), ("volunteer_response", .response),
        ("volunteer_waiting", .waiting),
        ("notify_free_spot", .notifyFreeSpot), ("waiting_list_record", .waitingListRecord),
        ("spot_status", .spotStatus),
        ("notification", .notification),
    ])
    func `each is parsed, and encoded with the customer's field names`(name: String, action: Action) throws {
        let bytes = try Example.bytes(name)
        let message = try Message(parsing: bytes)
        #expect(message.action == action)
        #expect(try object(message.encoded()) == object(bytes))
        #expect(try object(JSONEncoder().encode(message)) == object(bytes))
    }

    @Test func `create has every field`() throws {
        guard case .create(let create) = try Message(parsing: Example.bytes("create_volunteer_application")) else {
            Issue.record("not a create")
            return
        }
        #expect(create.fundID.string == "123")
        #expect(create.applicationID.string == "456")
        #expect(create.availableSpots == 5)
        #expect(create.name == "Помощь в уборке территории")
        #expect(create.description == "Помощь в уборке территории парка")
        #expect(create.date.description == "2024-12-09")
        #expect(create.startTime.description == "14:00:00")
        #expect(create.endTime.description == "18:00:00")
        #expect(create.timeZone == nil)
    }

    @Test func `notify_free_spot keeps the order of the volunteers`() throws {
        guard case .notifyFreeSpot(let notify) = try Message(parsing: Example.bytes("notify_free_spot")) else {
            Issue.record("not a notify_free_spot")
            return
        }
        #expect(notify.waitingVolunteers.map(\.string) == ["789", "1011"])
        #expect(notify.release == nil)
    }

    @Test func `a timestamp without a zone is civil time`() throws {
        guard case .spotStatus(let record) = try Message(parsing: Example.bytes("spot_status")) else {
            Issue.record("not a spot status")
            return
        }
        #expect(record.status == .available)
        #expect(try record.timestamp.timestamp(in: zone("Europe/Moscow")) == instant("2024-12-08T11:00:00Z"))
    }

    @Test func `a message has the ids of its application and volunteer`() throws {
        let response = try Message(parsing: Example.bytes("volunteer_response"))
        #expect(response.applicationID?.string == "456")
        #expect(response.volunteerID?.string == "789")
        let notify = try Message(parsing: Example.bytes("notify_free_spot"))
        #expect(notify.volunteerID == nil)
        let notification = try Message(parsing: Example.bytes("notification"))
        #expect(notification.applicationID == nil)
        #expect(notification.volunteerID?.string == "volunteer789")
        #expect(
            try Samples.all().filter(\.action.isControl).allSatisfy { $0.applicationID == nil && $0.volunteerID == nil }
        )
    }
}
