import ApplicationDomain
import Contracts

/// A volunteer's response, and its current outcome.
struct ResponseJSON: JSONRepresentable {
    let response: ResponseDetails
    let now: Timestamp

    init(_ response: ResponseDetails, now: Timestamp) {
        self.response = response
        self.now = now
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        let application = response.application
        let member = response.member
        json.id(.applicationID, application.id)
        json.id(.volunteerID, member.volunteer)
        json.field(.state, member.standing.rawValue)
        json.field(.since, member.since.description)
        let change = application.lastChange(of: member, at: now)
        json.field(.reason, change?.reason.rawValue)
        json.field(.comment, change?.comment)
        json.field(.createdAt, member.createdAt?.description)
        json.field(.updatedAt, change?.time?.description)
        let status = application.status(at: now)
        json.field(.applicationStatus, status.rawValue)
        json.field(.cancelReason, application.cancelReason)
        // The waiting list ends with the application's start or cancellation.
        guard member.standing == .waiting, status == .open else { return }
        if let position = response.position {
            json.field(.position, position)
        } else {
            json.field(.positionStatus, member.isListed ? "unavailable" : "pending")
        }
        // An offer without an end has no time to show.
        guard let offer = application.validOffer(of: member, at: now), offer.expiresAt != .latest else { return }
        json.field(.offerExpiresAt, offer.expiresAt.description)
    }
}
