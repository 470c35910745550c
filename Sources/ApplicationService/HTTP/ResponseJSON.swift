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
        guard member.standing == .waiting else { return }
        json.field(.position, response.position)
        // An offer without an end has no time to show.
        guard let offer = application.validOffer(of: member, at: now), offer.expiresAt != .latest else { return }
        json.field(.offerExpiresAt, offer.expiresAt.description)
    }
}
