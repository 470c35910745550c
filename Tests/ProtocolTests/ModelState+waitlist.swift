import Contracts
import Foundation
import WaitlistDomain

/// What WaitlistService's transactions do around the domain.
extension ModelState {
    mutating func receiveAtWaitlist(_ message: Message) throws {
        if list == nil, case .create(let create) = message {
            listSchedule = (create.date, create.startTime)
            list = Waitlist(application: create.applicationID, startsAt: listStartsAt)
        }
        try decide(message) { decision, state in
            switch message {
            case .create: decision.create(startsAt: state.listStartsAt)
            case .update(let update):
                let start = (update.date ?? state.listSchedule.date, update.startTime ?? state.listSchedule.time)
                let rounds = start == state.listSchedule ? [] : state.liveRounds
                state.listSchedule = start
                decision.update(startsAt: state.listStartsAt, liveRounds: rounds)
            case .cancel: decision.cancel()
            case .waiting(let waiting):
                let position = state.position(of: waiting.volunteerID)
                decision.enqueue(waiting.volunteerID, since: state.waitlistNow, position: position)
            case .response(let response):
                let entry = state.entries.first { $0.volunteer == response.volunteerID }
                decision.remove(
                    response.volunteerID, isListed: entry != nil, round: entry.flatMap { state.rounds[$0.round] })
            case .notifyFreeSpot(let reservation): decision.reserve(reservation)
            default: throw InvariantViolation("WaitlistService was sent \(message.action)")
            }
        }
        try observer.check(records: toApplication, of: self, after: message)
    }

    private var listStartsAt: Timestamp {
        CivilClock.timestamp(listSchedule.date, listSchedule.time, in: .gmt)
    }

    var liveRounds: [OfferRound] {
        rounds.values.filter { !$0.lapsed }.sorted { $0.number < $1.number }
    }

    func position(of volunteer: ID) -> Int? {
        entries.firstIndex { $0.volunteer == volunteer }.map { $0 + 1 }
    }

    func isAsked(_ entry: Entry) -> Bool {
        rounds[entry.round] != nil
    }

    mutating func fireLapses() {
        if mutation == .offersNeverLapse {
            lapses = lapses.filter { $0.value > waitlistNow }
            return
        }
        for (number, due) in lapses.sorted(by: { $0.key < $1.key }) where due <= waitlistNow {
            lapses[number] = nil
            decide { decision, state in
                if let round = state.rounds[number] { decision.lapse(round) }
            }
        }
    }

    /// WaitlistService's clock was set back.
    mutating func resumeList() {
        guard mutation != .neverResumes, let list, list.reserved > 0, list.scan == nil, waitlistNow < list.startsAt
        else { return }
        decide { decision, _ in decision.resume() }
    }

    mutating func runScanStep() {
        guard scans > 0 else { return }
        var goesOn = false
        decide(startsScan: false) { decision, state in
            guard let scan = state.mutation == .newcomersMissOpenings ? decision.list.scan : decision.extendedScan()
            else {
                return
            }
            let page = state.entries.filter { $0.sequence > scan.cursor && $0.sequence <= scan.end }.prefix(state.page)
            let isLast =
                page.count < state.page || page.last?.sequence == scan.end || state.mutation == .roundsEndAfterOnePage
            decision.advance(
                page.map { .init(sequence: $0.sequence, volunteer: $0.volunteer, asked: state.isAsked($0)) },
                isLast: isLast, round: state.rounds[scan.round])
            goesOn = decision.list.scan != nil
        }
        if !goesOn { scans -= 1 }
    }

    mutating func runResendStep() {
        guard let (number, cursor) = resends.first else { return }
        let page = entries.filter { $0.sequence > cursor }.prefix(self.page)
        decide { decision, state in
            guard let round = state.rounds[number] else { return }
            let members = page.filter { $0.round == number }
            decision.resend(
                members.map { .init(sequence: $0.sequence, volunteer: $0.volunteer, asked: true) }, of: round)
        }
        if page.count == self.page, let last = page.last, rounds[number] != nil {
            resends[0].cursor = last.sequence
        } else {
            resends.removeFirst()
        }
    }

    private mutating func decide(
        _ message: Message? = nil, startsScan: Bool = true,
        _ body: (inout WaitlistDecision, inout ModelState) throws -> Void
    ) rethrows {
        guard let before = list else { return }
        let origin = message.map { MessageOrigin(epoch: Self.epoch, stamp: $0.stamp) }
        var decision = WaitlistDecision(before, policy: policy, now: waitlistNow, origin: origin)
        try body(&decision, &self)
        for change in decision.changes { apply(change) }
        list = decision.list
        if startsScan, decision.list.scan != nil, before.scan == nil { scans += 1 }
        toApplication += decision.messages.filter { message in
            mutation != .dropsWaitingListRecords || message.action != .waitingListRecord
        }
    }

    private mutating func apply(_ change: WaitlistDecision.RowChange) {
        switch change {
        case .append(let entry):
            entries.append(Entry(sequence: entry.sequence, volunteer: entry.volunteer, round: 0))
        case .remove(let volunteer):
            entries.removeAll { $0.volunteer == volunteer }
        case .mark(let sequences, let round):
            let marked = Set(sequences)
            for index in entries.indices where marked.contains(entries[index].sequence) { entries[index].round = round }
        case .begin(let round), .change(let round):
            rounds[round.number] = round
            if !round.lapsed { lapses[round.number] = round.expiresAt }
        case .forgetRounds:
            rounds = [:]
        case .forgetLapsedRounds:
            rounds = rounds.filter { !$0.value.lapsed }
        case .resend(let round):
            resends.removeAll { $0.round == round }
            resends.append((round, 0))
        }
    }
}
