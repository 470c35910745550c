import Contracts
import Pages
import Web

extension Call: Decodable {
    /// Reads an application of the API.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: JSONKey.self)
        let schedule = ApplicationSchedule(
            date: try fields.date(.date), startTime: try fields.clock(.startTime), endTime: try fields.clock(.endTime),
            timeZone: try fields.text(.timeZone))
        self.init(
            id: try fields.id(.applicationID), fundID: try fields.id(.fundID), name: try fields.text(.name),
            details: try fields.text(.description), schedule: schedule, startsAt: try fields.time(.startsAt),
            endsAt: try fields.time(.endsAt), status: try fields.word(.status),
            cancelReason: try fields.textIfPresent(.cancelReason), spots: try fields.number(.spots),
            freeSpots: try fields.number(.freeSpots), confirmed: try fields.number(.confirmed),
            waiting: try fields.number(.waiting))
        tag = EntityTag(ofContent: Array(edition.utf8)).opaque
    }

    /// What its fund decides. The counts are not part of it: a response that arrives while the fund reads what its
    /// change will do is no reason to refuse the change.
    private var edition: String {
        [
            name, details, schedule.date.description, schedule.startTime.description, schedule.endTime.description,
            schedule.timeZone, String(spots), status.rawValue,
        ].joined(separator: "\0")
    }
}
