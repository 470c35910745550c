import Contracts

/// A response in the words of the fund's pages.
struct ResponseState {
    let response: CallResponse
    let context: PageContext

    /// Until when the volunteer may take a spot; nil without an offer that is valid now.
    var offerUntil: Timestamp? {
        response.offerUntil.flatMap { response.state == .waiting && $0 > context.now ? $0 : nil }
    }

    var badge: Badge {
        let words = context.texts.words.fund.states
        return switch response.state {
        case .confirmed: Badge(.good, words.confirmed)
        case .waiting where offerUntil != nil: Badge(.offer, words.offered)
        case .waiting: Badge(.wait, words.waiting)
        case .declined where response.reason == "removed_by_organiser": Badge(.bad, words.removed)
        case .declined: Badge(.plain, words.declined)
        }
    }

    /// The place on the waiting list; nil unless the volunteer waits, and if it is not known.
    var position: String? {
        guard response.state == .waiting else { return nil }
        return response.isPositionPending
            ? context.texts.words.fund.people.pending : response.position.map { String($0) }
    }

    /// The last change in a sentence; nil if it is not known.
    var reason: String? { response.reason.flatMap { context.texts.words.fund.reasons[$0] } }

    /// The last change if the badge does not say as much.
    var remark: String? {
        let remarkable = ["offer_lapsed", "not_chosen", "too_late", "spots_opened", "application_started"]
        return remarkable.contains(response.reason ?? "") ? reason : nil
    }
}
