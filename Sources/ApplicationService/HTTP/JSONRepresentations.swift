import ApplicationDomain
import Contracts
import Foundation
import Web

/// What clients see, as JSON. The fields are the customer's where a message has them too.
enum JSONKey: String {
    case id, kind, status, result, error, items, next, state, since, position, outcome, confirmed, waiting
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case applicationID = "volunteer_application_id"
    case volunteerID = "volunteer_id"
    case fundID = "fund_id"
    case name = "application_name"
    case description = "application_description"
    case date = "application_date"
    case startTime = "application_starttime"
    case endTime = "application_endtime"
    case timeZone = "time_zone"
    case spots = "available_spots"
    case freeSpots = "free_spots"
    case offerExpiresAt = "offer_expires_at"
}

/// What is shown as a JSON object, its fields in the order in which people read them.
protocol JSONRepresentable {
    func write(to json: inout ObjectWriter<JSONKey>)
}

extension JSONRepresentable {
    func encoded() -> [UInt8] { ObjectWriter.object(write) }
}

/// The status monitor's answer.
struct OperationJSON: JSONRepresentable {
    let operation: CommandOperation

    init(_ operation: CommandOperation) {
        self.operation = operation
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.field(.id, operation.id.description)
        json.field(.kind, operation.kind.rawValue)
        json.field(.status, operation.status)
        json.field(.createdAt, operation.createdAt.description)
        json.field(.updatedAt, operation.updatedAt.description)
        guard case .ended(let outcome) = operation.state else { return }
        if case .failed(let reason) = outcome {
            json.json(.error, Problem(operationFailed: reason).json)
            return
        }
        json.object(.result) { result in
            switch outcome {
            case .done: result.id(.applicationID, operation.application)
            case .confirmed: result.field(.outcome, "confirmed")
            case .declined: result.field(.outcome, "declined")
            case .waiting(let position):
                result.field(.outcome, "waiting")
                result.field(.position, position)
            case .failed: break
            }
        }
    }
}

extension CommandOperation {
    /// The contract's word.
    var status: String {
        switch state {
        case .pending: "pending"
        case .running: "running"
        case .ended(.failed): "failed"
        case .ended: "succeeded"
        }
    }
}

extension Problem {
    /// The `error` of a failed operation.
    fileprivate init(operationFailed reason: RefusalReason) {
        switch reason {
        case .applicationCancelled:
            self.init(
                .applicationCancelled, "The application was cancelled before the volunteer was on its waiting list.")
        case .unknownApplication, .applicationStarted, .differingApplication, .reservedForSystem,
            .reservedForApplicationService, .notForWaitlist, .notForNotifier:
            // A command refused for these reasons is answered at once and has no operation.
            self.init(.internal, "The command could not be carried out.")
        }
    }
}

/// An application, as `create` said it and as it is now.
struct ApplicationJSON: JSONRepresentable {
    let application: VolunteerApplication
    let now: Timestamp

    func write(to json: inout ObjectWriter<JSONKey>) {
        let details = application.details
        json.id(.applicationID, application.id)
        json.id(.fundID, application.fundID)
        json.field(.name, details.name)
        json.field(.description, details.description)
        json.field(.date, details.schedule.date.description)
        json.field(.startTime, details.schedule.startTime.description)
        json.field(.endTime, details.schedule.endTime.description)
        json.field(.timeZone, details.schedule.timeZone)
        json.field(.spots, application.capacity)
        json.field(.status, application.status(at: now).rawValue)
        json.field(.freeSpots, application.open)
        json.field(.confirmed, application.confirmed)
        json.field(.waiting, application.waiting)
    }
}

/// A volunteer's response, and what became of it.
struct ResponseJSON: JSONRepresentable {
    let application: VolunteerApplication
    let member: Member
    /// The place on the list, if WaitlistService could be asked for it.
    let position: Int?
    let now: Timestamp

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.id(.applicationID, application.id)
        json.id(.volunteerID, member.volunteer)
        json.field(.state, member.standing.rawValue)
        json.field(.since, member.since.description)
        guard member.standing == .waiting else { return }
        json.field(.position, position)
        // An offer without a time limit is not shown as one.
        guard let offer = application.validOffer(of: member, at: now), offer.expiresAt != .latest else { return }
        json.field(.offerExpiresAt, offer.expiresAt.description)
    }
}

/// A page of a list.
struct PageJSON<Item: JSONRepresentable>: JSONRepresentable {
    let items: [Item]
    /// Where the next page is; nil after the last.
    let next: String?

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.objects(.items, items) { $0.write(to: &$1) }
        json.field(.next, next)
    }
}
