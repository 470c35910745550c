package import Contracts

/// What a change of a call will do (contract section 5, rules 7, 10 and 11, and section 6), so that the fund reads it
/// before it happens. The counts are those of the page: they may differ a little when the change is made.
package enum ChangeEffect: Sendable, Hashable {
    /// Spots are reserved for those who wait, and offered to them.
    case offered(spots: Int, waiting: Int)
    /// Spots are open to all. Those who wait are told so if none of the new spots is reserved for them.
    case openToAll(spots: Int, areWaitingTold: Bool)
    /// More volunteers are confirmed than there are spots: they stay, and others are not confirmed.
    case overfull(confirmed: Int, spots: Int)
    /// No spot is free, and those who are confirmed stay.
    case full(spots: Int)
    /// Fewer spots are open to all.
    case fewerOpen(spots: Int)
    /// Fewer spots are promised to the waiting list, and offers continue.
    case fewerPromised(spots: Int)
    /// No spot is promised any more: those who hold an offer lose it, and are told.
    case offersEnd
    /// The new start is in the past: responses and offers end at once, and no volunteer is told.
    case startsAtOnce
    /// The start is in the future again, and so are responses.
    case reopens
    /// The call has started and stays so: no volunteer is told.
    case staysStarted
    /// Each of them is sent a notification.
    case told(confirmed: Int, waiting: Int)
    /// Offers may end at another time, and those who hold them are told.
    case offersSentAgain
    /// Reminders are sent before the new start.
    case remindersMove
    /// A new description is not announced.
    case detailsUntold
}

extension ChangeEffect {
    /// The effects in the order in which they are read: spots first, then who is told.
    package static func effects(of change: ReviewPage, now: Timestamp) -> [ChangeEffect] {
        let call = change.call
        let changedCall = change.changedCall
        let startsAt = changedCall.schedule == call.schedule ? call.startsAt : changedCall.schedule.startsAt
        let isOpen = startsAt > now
        var effects: [ChangeEffect] = []
        switch (call.status, isOpen) {
        case (.cancelled, _): return []
        case (.open, true): effects += spotEffects(from: call, to: changedCall)
        case (.open, false): effects.append(.startsAtOnce)
        case (.started, true): effects += [.reopens] + reopeningEffects(changedCall)
        case (.started, false): effects.append(.staysStarted)
        }
        guard isOpen else { return effects }
        if changedCall.name != call.name || changedCall.schedule != call.schedule {
            effects.append(.told(confirmed: call.confirmed, waiting: call.waiting))
            if startsAt != call.startsAt {
                if call.promisedSpots > 0 { effects.append(.offersSentAgain) }
                if call.confirmed > 0 { effects.append(.remindersMove) }
            }
        }
        if changedCall.details != call.details { effects.append(.detailsUntold) }
        return effects
    }

    /// Rule 7.
    private static func spotEffects(from call: Call, to changedCall: Call) -> [ChangeEffect] {
        let free = call.allFreeSpots
        let freeThen = max(0, changedCall.spots - call.confirmed)
        let promised = call.promisedSpots
        if freeThen > free {
            let growth = freeThen - free
            let offered = max(0, min(promised + growth, call.waiting) - promised)
            var effects: [ChangeEffect] = []
            if offered > 0 { effects.append(.offered(spots: offered, waiting: call.waiting)) }
            if growth > offered {
                effects.append(
                    .openToAll(spots: growth - offered, areWaitingTold: offered == 0 && call.waiting > 0))
            }
            return effects
        }
        guard changedCall.spots != call.spots else { return [] }
        let promisedThen = min(promised, freeThen)
        var effects: [ChangeEffect] = []
        if changedCall.spots < call.confirmed {
            effects.append(.overfull(confirmed: call.confirmed, spots: changedCall.spots))
        } else if freeThen == 0 {
            effects.append(.full(spots: changedCall.spots))
        } else {
            effects.append(.fewerOpen(spots: freeThen - promisedThen))
        }
        if promisedThen < promised {
            effects.append(promisedThen == 0 ? .offersEnd : .fewerPromised(spots: promisedThen))
        }
        return effects
    }

    /// Rule 10: all free spots are reserved for those who wait, as far as there are any.
    private static func reopeningEffects(_ changedCall: Call) -> [ChangeEffect] {
        let free = changedCall.allFreeSpots
        let offered = min(free, changedCall.waiting)
        var effects: [ChangeEffect] = []
        if offered > 0 { effects.append(.offered(spots: offered, waiting: changedCall.waiting)) }
        if free > offered { effects.append(.openToAll(spots: free - offered, areWaitingTold: false)) }
        return effects
    }
}

extension Call {
    /// Spots without a confirmed volunteer, promised to the waiting list or not.
    var allFreeSpots: Int { max(0, spots - confirmed) }

    /// Free spots that are reserved for the waiting list.
    var promisedSpots: Int { status == .open ? max(0, allFreeSpots - freeSpots) : 0 }
}
