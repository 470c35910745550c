import Contracts
import Foundation
import Testing

@Suite struct `Messages` {
    @Test(arguments: try Samples.all())
    func `an encoded message is parsed back unchanged`(message: Message) throws {
        // The samples have texts that only a file of an earlier version can hold.
        #expect(try Message(streamed: message.encoded()) == message)
        #expect(try JSONDecoder().decode(Message.self, from: JSONEncoder().encode(message)) == message)
    }

    @Test(arguments: try Samples.all())
    func `encoded() and Encodable give the same JSON`(message: Message) throws {
        #expect(try object(message.encoded()) == object(JSONEncoder().encode(message)))
    }

    @Test(arguments: try Samples.all())
    func `unknown fields are ignored`(message: Message) throws {
        let text = String(decoding: message.encoded(), as: UTF8.self)
        let unknown = #""новое": [1, {"x": null}], "zzz": 1e400"#
        let outer = "{\(unknown),\(text.dropFirst())"
        #expect(try Message(streamed: outer.utf8) == message)
        let inner = text.replacing(#""data":{"#, with: #""data":{\#(unknown),"#)
        #expect(try Message(streamed: inner.utf8) == message)
    }

    @Test func `every action has a sample`() throws {
        #expect(try Set(Samples.all().map(\.action)) == Set(Action.allCases))
    }

    @Test func `encoded JSON is compact, with slashes and Cyrillic unescaped`() throws {
        let cancel = CancelVolunteerApplication(applicationID: try ID("456"), reason: "дождь/снег \"\u{1}\"")
        let expected =
            #"{"action":"cancel_volunteer_application","data":{"volunteer_application_id":456,"#
            + #""reason":"дождь/снег \"\u0001\""}}"#
        #expect(String(decoding: Message.cancel(cancel).encoded(), as: UTF8.self) == expected)
    }

    @Test func `ids are strings in flat records and numbers in envelopes`() throws {
        let record = WaitingListRecord(
            userID: try ID("789"), applicationID: try ID("456"), timestamp: Samples.time, position: 3)
        #expect(
            String(decoding: Message.waitingListRecord(record).encoded(), as: UTF8.self)
                == #"{"user_id":"789","application_id":"456","timestamp":"2026-11-21T09:30:00.250Z","position":3}"#)
        let response = VolunteerResponse(volunteerID: try ID("0789"), applicationID: try ID("456"), status: .declined)
        #expect(
            String(decoding: Message.response(response).encoded(), as: UTF8.self)
                == #"{"action":"volunteer_response","data":{"volunteer_id":"0789","volunteer_application_id":456,"#
                + #""status":"declined"}}"#)
    }

    @Test func `a flat record with number ids is accepted`() throws {
        let record = try Message(
            parsing: #"{"user_id":1,"application_id":2,"timestamp":"2026-11-21 09:30:00+03:00"}"#.utf8)
        #expect(record.volunteerID?.string == "1")
        #expect(record.applicationID?.string == "2")
    }

    @Test func `null in an optional field means absent`() throws {
        let update =
            #"{"action":"update_volunteer_application","data":{"volunteer_application_id":456,"#
            + #""available_spots":null,"application_name":null,"application_date":null,"application_starttime":null,"#
            + #""time_zone":null}}"#
        #expect(
            try Message(parsing: update.utf8) == .update(UpdateVolunteerApplication(applicationID: ID("456"))))
    }

    @Test func `a foreign message may name more than a thousand volunteers, as numbers and strings`() throws {
        let ids = (0..<3000).map { $0 % 3 == 0 ? "\"v\($0)\"" : "\($0)" }
        let body =
            #"{"action":"notify_free_spot","data":{"volunteer_application_id":456,"#
            + #""available_spots":1,"waiting_volunteers":["#
            + ids.joined(separator: ",") + "]}}"
        guard case .notifyFreeSpot(let notify) = try Message(parsing: body.utf8) else {
            Issue.record("not a notify_free_spot")
            return
        }
        #expect(notify.waitingVolunteers.count == 3000)
        #expect(notify.waitingVolunteers[2999].string == "2999")
        #expect(notify.waitingVolunteers[2997].string == "v2997")
    }

    @Test func `any collection of bytes can be parsed`() throws {
        let bytes = try Example.bytes("volunteer_response")
        let message = try Message(parsing: bytes)
        #expect(try Message(parsing: Data(bytes)) == message)
        #expect(try Message(parsing: bytes[...]) == message)
        #expect(try Message(parsing: AnyCollection(bytes)) == message)
        #expect(try Message(parsing: [0xef, 0xbb, 0xbf] + bytes) == message)
    }

    @Test func `the data of a message can be decoded alone`() throws {
        let data = Data(#"{"volunteer_id":789,"volunteer_application_id":"456","status":"accepted"}"#.utf8)
        let response = try JSONDecoder().decode(VolunteerResponse.self, from: data)
        #expect(
            response == VolunteerResponse(volunteerID: try ID("789"), applicationID: try ID("456"), status: .accepted))
    }
}
