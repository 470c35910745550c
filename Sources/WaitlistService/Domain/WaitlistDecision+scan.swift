import Contracts

/// The steps of a scan: one bounded page of the list per transaction, so that a round to a hundred thousand holds
/// up nobody.
extension WaitlistDecision {
    /// At most so many ids stand in one message, and so many people are looked at in one step (contract section 5).
    package static let pageLimit = 1000

    /// The scan under way. One that opens the release to all goes as far as the list goes now: who came since it began
    /// is told too, for the answer it ends with counts their message as seen.
    package mutating func extendedScan() -> Waitlist.Scan? {
        if list.scan?.purpose == .openToAll { extendScan() }
        return list.scan
    }

    /// Goes one step along the list.
    /// - Parameters:
    ///   - page: who comes after the scan's cursor, in order, at most `pageLimit`.
    ///   - isLast: whether the page reaches the end of the list.
    ///   - round: the row of the scan's round, nil for a scan that has none yet.
    package mutating func advance(_ page: [Entry], isLast: Bool, round: OfferRound?) {
        // The reservation that is awaited looks at the list anew.
        guard let scan = list.scan, list.reserved > 0, !list.awaitsReservation, !list.cancelled, now < list.startsAt
        else {
            endScan()
            return
        }
        switch scan.purpose {
        case .offers:
            guard let round, !round.lapsed, now < round.expiresAt else { return endScan() }
            advanceOffers(page, isLast: isLast, round: round)
        case .openToAll:
            advanceOpening(page, isLast: isLast, told: round)
        }
    }

    private mutating func advanceOffers(_ page: [Entry], isLast: Bool, round: OfferRound) {
        var taken: [Entry] = []
        var reachedEnd = isLast
        for entry in page {
            if taken.count >= wanted {
                reachedEnd = false
                break
            }
            moveCursor(to: entry.sequence)
            if !entry.asked { taken.append(entry) }
        }
        let isFinished = reachedEnd || taken.count >= wanted
        if !taken.isEmpty {
            mark(taken, in: round, holdingOffers: true)
            answer(taken, expiresAt: round.expiresAt)
        }
        if isFinished {
            finishScan(reachedEnd: reachedEnd)
            if taken.isEmpty, round.members == 0 {
                // Everybody it could have asked has left, or it went out from too far down the list: the round is
                // empty,
                // and the next look is from the top. From there an empty one cannot come again.
                changeToEmpty(round)
            }
            offer()
        }
    }

    /// Every part but the last names people and marks them as asked, so that no later answer names them again. The
    /// last part may be ignored (`seen`), so those in it are not marked: the next answer names them once more.
    private mutating func advanceOpening(_ page: [Entry], isLast: Bool, told: OfferRound?) {
        let unasked = page.filter { !$0.asked }
        if isLast {
            finishScan(reachedEnd: false)
            answer(unasked, expiresAt: nil)
            return
        }
        if let last = page.last { moveCursor(to: last.sequence) }
        guard !unasked.isEmpty else { return }
        mark(unasked, in: told ?? beginTold(), holdingOffers: false)
        answer(unasked, expiresAt: nil, more: true)
    }

    /// How many more may be asked in this round.
    private var wanted: Int {
        switch policy.factor {
        case .all: Int.max
        case .perSpot(let count): max(0, count * list.reserved - list.outstanding)
        }
    }

    /// The offers of a round go out again with its new end (rule 11).
    /// - Parameter page: members of the round that are still on the list.
    package mutating func resend(_ page: [Entry], of round: OfferRound) {
        guard !round.lapsed, now < round.expiresAt, list.reserved > 0, !page.isEmpty else { return }
        answer(page, expiresAt: round.expiresAt)
    }
}
