import Contracts
import TestSupport

/// An application starts a hundred hours after the test, if nothing else is said.
struct GivenApplication {
    var id = "a"
    var name = "Park"
    var startsIn: Int64 = 100
    var isCancelled = false

    private var startsAt: Timestamp { Timestamp.testStart.advanced(by: .seconds(startsIn * 3600)) }

    private var schedule: ApplicationSchedule {
        let (date, time) = CivilClock.civil(startsAt, in: .gmt)
        let (_, end) = CivilClock.civil(startsAt.advanced(by: .seconds(3600)), in: .gmt)
        return ApplicationSchedule(date: date, startTime: time, endTime: end, timeZone: "UTC")
    }

    var create: Message {
        .create(
            CreateVolunteerApplication(
                fundID: .trusted("f"), applicationID: .trusted(id), availableSpots: 3, description: "", name: name,
                date: schedule.date, startTime: schedule.startTime, endTime: schedule.endTime, timeZone: "UTC",
                startsAt: startsAt))
    }

    var cancel: Message { .cancel(CancelVolunteerApplication(applicationID: .trusted(id))) }

    func rename(_ name: String) -> Message {
        .update(UpdateVolunteerApplication(applicationID: .trusted(id), name: name))
    }

    func state(
        _ volunteers: [VolunteerState] = [], isFirst: Bool = true, hasMore: Bool = false, restored: Bool
    ) -> Message {
        .applicationState(
            ApplicationState(
                applicationID: .trusted(id), name: name, schedule: schedule, startsAt: startsAt,
                isCancelled: isCancelled, volunteers: volunteers, isFirst: isFirst, hasMore: hasMore,
                isRestored: restored))
    }

    /// - Parameter offer: its end, in hours from the start of the test.
    func told(_ user: String, _ status: SpotStatus, offer: Int64? = nil, reason: RefusalReason? = nil) -> Message {
        .spotStatus(
            SpotStatusRecord(
                applicationID: .trusted(id), userID: .trusted(user), status: status, timestamp: .instant(.testStart),
                expiresAt: offer.map { .instant(.testStart.advanced(by: .seconds($0 * 3600))) },
                reason: reason?.rawValue))
    }

    func left(_ user: String) -> Message {
        .response(VolunteerResponse(volunteerID: .trusted(user), applicationID: .trusted(id), status: .declined))
    }
}

extension VolunteerState {
    static func confirmed(_ user: String) -> VolunteerState {
        VolunteerState(volunteerID: .trusted(user), status: .confirmed, since: .testStart)
    }

    /// - Parameter offer: its end, in hours from the start of the test.
    static func waiting(_ user: String, offer: Int64? = nil) -> VolunteerState {
        VolunteerState(
            volunteerID: .trusted(user), status: .waiting, since: .testStart,
            offerExpiresAt: offer.map { .testStart.advanced(by: .seconds($0 * 3600)) })
    }
}

extension Message {
    static func complete(restored: Bool) -> Message { .stateComplete(StateComplete(isRestored: restored)) }
}
