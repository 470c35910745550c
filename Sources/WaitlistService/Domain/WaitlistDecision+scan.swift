import Contracts

/// The steps of a scan: one bounded page of the list per transaction, so that a round of 100,000 offers does not delay
/// other inputs.
extension WaitlistDecision {
    /// The maximum number of entries in one step, and of ids in one message: the contract allows 1,000 (section 5), but
    /// ApplicationService applies a message as a whole, and others wait for that.
    package static let pageLimit = 250

    /// The scan in progress. A scan that opens the spots to all is extended to the current end of the list: its last
    /// message counts the newcomers' messages as seen, so it must tell them too.
    package mutating func extendedScan() -> Waitlist.Scan? {
        if list.scan?.purpose == .openToAll { extendScan() }
        return list.scan
    }

    /// Processes one page of the scan in progress.
    /// - Parameters:
    ///   - page: the entries after the scan's cursor, in order, at most ``pageLimit``.
    ///   - isLast: whether the page reaches the end of the scan.
    ///   - round: the scan's round as stored, `nil` if there is none.
    package mutating func advance(_ page: [Entry], isLast: Bool, round: OfferRound?) {
        // A reservation that is still awaited starts a scan of its own.
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
            advanceOpening(page, isLast: isLast, round: round)
        }
    }

    private mutating func advanceOffers(_ page: [Entry], isLast: Bool, round: OfferRound) {
        var candidates: [Entry] = []
        var reachedEnd = isLast
        for entry in page {
            if candidates.count >= remainingOffers {
                reachedEnd = false
                break
            }
            moveCursor(to: entry.sequence)
            if !entry.asked { candidates.append(entry) }
        }
        let isFinished = reachedEnd || candidates.count >= remainingOffers
        if !candidates.isEmpty {
            mark(candidates, in: round, holdingOffers: true)
            sendFreeSpots(to: candidates, expiresAt: round.expiresAt)
        }
        if isFinished {
            finishScan(reachedEnd: reachedEnd)
            if candidates.isEmpty, round.members == 0 {
                // Everyone the round could have asked has left, or the scan began too far down the list. Close the
                // empty round and scan from the top: a scan from there cannot yield another empty round.
                closeEmpty(round)
            }
            offer()
        }
    }

    /// Every message but the last marks its volunteers as asked, so that no later message names them again.
    /// ApplicationService may ignore the last one (`seen`), so its volunteers are not marked: the next message names
    /// them again.
    private mutating func advanceOpening(_ page: [Entry], isLast: Bool, round: OfferRound?) {
        let unasked = page.filter { !$0.asked }
        if isLast {
            finishScan(reachedEnd: false)
            sendFreeSpots(to: unasked, expiresAt: nil)
            return
        }
        if let last = page.last { moveCursor(to: last.sequence) }
        guard !unasked.isEmpty else { return }
        mark(unasked, in: round ?? beginRoundWithoutOffers(), holdingOffers: false)
        sendFreeSpots(to: unasked, expiresAt: nil, more: true)
    }

    /// How many more volunteers this round may ask.
    private var remainingOffers: Int {
        switch policy.factor {
        case .all: Int.max
        case .perSpot(let count): max(0, count * list.reserved - list.outstanding)
        }
    }

    /// Sends the offers of a round again with its new expiry (rule 11).
    /// - Parameter page: members of the round who are still on the list.
    package mutating func resend(_ page: [Entry], of round: OfferRound) {
        guard !round.lapsed, now < round.expiresAt, list.reserved > 0, !page.isEmpty else { return }
        sendFreeSpots(to: page, expiresAt: round.expiresAt)
    }
}
