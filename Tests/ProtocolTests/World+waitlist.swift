import Contracts
import Foundation
import WaitlistDomain

/// What WaitlistHandler does around the desk.
extension World {
    mutating func receiveAtWaitlist(_ message: Message) throws {
        if list == nil, case .create(let create) = message {
            listStart = (create.date, create.startTime)
            list = Waitlist(application: create.applicationID, startsAt: listStartsAt)
        }
        try decide { desk, world in
            switch message {
            case .create: desk.create(startsAt: world.listStartsAt)
            case .update(let update):
                let start = (update.date ?? world.listStart.date, update.startTime ?? world.listStart.time)
                let rounds = start == world.listStart ? [] : world.liveRounds
                world.listStart = start
                desk.update(startsAt: world.listStartsAt, liveRounds: rounds)
            case .cancel: desk.cancel()
            case .waiting(let waiting):
                let place = world.place(of: waiting.volunteerID)
                desk.enqueue(waiting.volunteerID, since: world.waitlistNow, position: place)
            case .response(let response):
                let entry = world.entries.first { $0.volunteer == response.volunteerID }
                desk.remove(
                    response.volunteerID, isListed: entry != nil, round: entry.flatMap { world.rounds[$0.round] })
            case .notifyFreeSpot(let reservation): desk.reserve(reservation)
            default: throw Violation("WaitlistService was sent \(message.action)")
            }
        }
        try witness.check(records: toApplication, of: self, after: message)
    }

    private var listStartsAt: Timestamp {
        CivilClock.timestamp(listStart.date, listStart.time, in: .gmt)
    }

    var liveRounds: [OfferRound] {
        rounds.values.filter { !$0.lapsed }.sorted { $0.number < $1.number }
    }

    func place(of volunteer: ID) -> Int? {
        entries.firstIndex { $0.volunteer == volunteer }.map { $0 + 1 }
    }

    func isAsked(_ entry: Entry) -> Bool {
        rounds[entry.round] != nil
    }

    mutating func fireLapses() {
        if fault == .nothingLapses {
            lapses = lapses.filter { $0.value > waitlistNow }
            return
        }
        for (number, due) in lapses.sorted(by: { $0.key < $1.key }) where due <= waitlistNow {
            lapses[number] = nil
            decide { desk, world in
                if let round = world.rounds[number] { desk.lapse(round) }
            }
        }
    }

    mutating func advanceScan() {
        guard scans > 0 else { return }
        var goesOn = false
        decide(startsScan: false) { desk, world in
            guard let scan = world.fault == .newcomersMissTheOpening ? desk.list.scan : desk.extendedScan() else {
                return
            }
            let page = world.entries.filter { $0.sequence > scan.cursor && $0.sequence <= scan.end }.prefix(world.page)
            let isLast =
                page.count < world.page || page.last?.sequence == scan.end || world.fault == .roundsEndAfterOnePage
            desk.advance(
                page.map { .init(sequence: $0.sequence, volunteer: $0.volunteer, asked: world.isAsked($0)) },
                isLast: isLast, round: world.rounds[scan.round])
            goesOn = desk.list.scan != nil
        }
        if !goesOn { scans -= 1 }
    }

    mutating func advanceResend() {
        guard let (number, cursor) = resends.first else { return }
        let page = entries.filter { $0.sequence > cursor }.prefix(self.page)
        decide { desk, world in
            guard let round = world.rounds[number] else { return }
            let members = page.filter { $0.round == number }
            desk.resend(
                members.map { .init(sequence: $0.sequence, volunteer: $0.volunteer, asked: true) }, of: round)
        }
        if page.count == self.page, let last = page.last, rounds[number] != nil {
            resends[0].cursor = last.sequence
        } else {
            resends.removeFirst()
        }
    }

    private mutating func decide(
        startsScan: Bool = true, _ body: (inout WaitlistDecision, inout World) throws -> Void
    ) rethrows {
        guard let before = list else { return }
        var desk = WaitlistDecision(before, policy: policy, now: waitlistNow)
        try body(&desk, &self)
        for change in desk.changes { apply(change) }
        list = desk.list
        if startsScan, desk.list.scan != nil, before.scan == nil { scans += 1 }
        toApplication += desk.messages.filter { message in
            fault != .listingIsNotConfirmed || message.action != .waitingListRecord
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
