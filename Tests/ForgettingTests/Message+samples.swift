import Contracts
import Foundation
import TestSupport

extension Message {
    /// - Parameter start: in UTC.
    static func create(_ id: ID, spots: Int = 1, start: Timestamp) throws -> Message {
        let (date, time) = try civil(start)
        return .create(
            CreateVolunteerApplication(
                fundID: .trusted("fund"), applicationID: id, availableSpots: spots, description: "Rakes", name: "Park",
                date: date, startTime: time, endTime: time, timeZone: "UTC"))
    }

    static func move(_ id: ID, to start: Timestamp) throws -> Message {
        let (date, time) = try civil(start)
        return .update(UpdateVolunteerApplication(applicationID: id, date: date, startTime: time, endTime: time))
    }

    static func respond(_ volunteer: String, _ id: ID, _ status: ResponseStatus = .accepted) -> Message {
        .response(VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: id, status: status))
    }

    static func cancel(_ id: ID) -> Message {
        .cancel(CancelVolunteerApplication(applicationID: id))
    }

    private static func civil(_ start: Timestamp) throws -> (CivilDate, CivilTime) {
        let text = start.description
        return (
            try CivilDate(parsing: String(text.prefix(10))),
            try CivilTime(parsing: String(text.dropFirst(11).prefix(8)))
        )
    }
}

extension Timestamp {
    /// The start of the applications of these tests: ten days after they begin.
    static let start = testStart.advanced(by: .days(10))
}

extension Duration {
    static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
