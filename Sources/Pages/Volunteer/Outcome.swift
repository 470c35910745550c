import Contracts

/// What has become of a volunteer's response to a call, or of the call itself: one of the texts of a page.
enum Outcome: Sendable, Hashable {
    case confirmed, confirmedStarted
    case pending, waitingFirst, waiting, waitingSomewhere
    case offered, openToAll, lapsed, notChosen, tooLate
    case declined, removed, removedBecause
    case free, full
    case started, startedWaiting
    case cancelled, cancelledBecause

    init(_ call: Call, _ response: CallResponse?, now: Timestamp) {
        switch (call.status, response?.state) {
        case (.cancelled, _): self = call.cancelReason == nil ? .cancelled : .cancelledBecause
        case (.started, .confirmed): self = .confirmedStarted
        case (.started, .waiting): self = .startedWaiting
        case (.open, .confirmed): self = .confirmed
        case (.open, .waiting): self = Self.waiting(call, response, now: now)
        case (_, .declined) where response?.reason == "removed_by_organiser":
            self = response?.comment == nil ? .removed : .removedBecause
        case (.started, _): self = .started
        case (.open, .declined): self = .declined
        case (.open, nil): self = call.freeSpots > 0 ? .free : .full
        }
    }

    private static func waiting(_ call: Call, _ response: CallResponse?, now: Timestamp) -> Outcome {
        if let until = response?.offerUntil, until > now { return .offered }
        if call.freeSpots > 0 { return .openToAll }
        if response?.isPositionPending == true { return .pending }
        switch response?.reason {
        case "offer_lapsed": return .lapsed
        case "not_chosen": return .notChosen
        case "too_late": return .tooLate
        default: break
        }
        return switch response?.position {
        case nil: .waitingSomewhere
        case 1: .waitingFirst
        default: .waiting
        }
    }

    var tone: Tone {
        switch self {
        case .confirmed, .confirmedStarted: .good
        case .pending, .waitingFirst, .waiting, .waitingSomewhere, .lapsed, .notChosen, .tooLate: .wait
        case .offered, .openToAll: .offer
        case .removed, .removedBecause, .cancelled, .cancelledBecause: .bad
        case .free: .open
        case .declined, .full, .started, .startedWaiting: .plain
        }
    }

    func action(for call: Call) -> Standing.Action? {
        guard call.status == .open else { return nil }
        return switch self {
        case .free, .full, .declined, .removed, .removedBecause: call.freeSpots > 0 ? .respond : .join
        case .offered, .openToAll: .accept
        default: nil
        }
    }

    func text(in states: PageTexts.Words.States) -> PageTexts.Words.States.Text {
        switch self {
        case .confirmed: states.confirmed
        case .confirmedStarted: states.confirmedStarted
        case .pending: states.pending
        case .waitingFirst: states.waitingFirst
        case .waiting: states.waiting
        case .waitingSomewhere: states.waitingSomewhere
        case .offered: states.offered
        case .openToAll: states.openToAll
        case .lapsed: states.lapsed
        case .notChosen: states.notChosen
        case .tooLate: states.tooLate
        case .declined: states.declined
        case .removed: states.removed
        case .removedBecause: states.removedBecause
        case .free: states.free
        case .full: states.full
        case .started: states.started
        case .startedWaiting: states.startedWaiting
        case .cancelled: states.cancelled
        case .cancelledBecause: states.cancelledBecause
        }
    }
}
