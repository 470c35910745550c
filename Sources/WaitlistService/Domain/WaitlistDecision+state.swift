package import Contracts

/// The state of an application as ApplicationService sends it in a resync (contract section 4): it replaces the list.
extension WaitlistDecision {
    /// Applies one part, in the order of the list. The first part is for a new, empty list.
    ///
    /// The last part makes the list whole: it goes on like one that has read all messages about the application.
    /// - Parameter rounds: the rounds of this list that end when an offer in this part does.
    package mutating func receive(_ part: ApplicationState, rounds: [OfferRound]) {
        countMessage()
        if part.isFirst {
            list.release = part.stamp?.release ?? 0
            list.reserved = part.reserved ?? 0
        }
        var asked = AskedVolunteers(rounds)
        for volunteer in part.volunteers {
            let entry = Entry(sequence: list.nextSequence, volunteer: volunteer.volunteerID)
            list.nextSequence += 1
            list.listed += 1
            changes.append(.append(entry))
            if let end = volunteer.offerExpiresAt, list.reserved > 0 {
                asked.add(entry.sequence, until: end, now: now, nextRound: &list.nextRound)
                list.asked += 1
                if end > now { list.outstanding += 1 }
            }
            if volunteer.isListed == false { tellPosition(of: volunteer) }
        }
        changes += asked.changes
        list.isIncomplete = part.hasMore
        offer()
    }

    /// ApplicationService has not heard yet that the volunteer is on the list.
    private mutating func tellPosition(of volunteer: VolunteerState) {
        messages.append(
            .waitingListRecord(
                WaitingListRecord(
                    userID: volunteer.volunteerID, applicationID: list.application,
                    timestamp: .instant(volunteer.since), position: list.listed)))
    }

    /// Those who were asked, in rounds by the end of their offers.
    private struct AskedVolunteers {
        private var rounds: [Timestamp: OfferRound]
        private var sequences: [Timestamp: [Int64]] = [:]

        init(_ rounds: [OfferRound]) {
            self.rounds = Dictionary(rounds.map { ($0.expiresAt, $0) }, uniquingKeysWith: { first, _ in first })
        }

        mutating func add(_ sequence: Int64, until end: Timestamp, now: Timestamp, nextRound: inout Int64) {
            if rounds[end] == nil {
                rounds[end] = OfferRound(number: nextRound, offeredAt: now, expiresAt: end, lapsed: end <= now)
                nextRound += 1
            }
            rounds[end]?.members += 1
            sequences[end, default: []].append(sequence)
        }

        var changes: [RowChange] {
            sequences.sorted { $0.key < $1.key }.flatMap { end, sequences in
                rounds[end].map { [.change($0), .mark(sequences, round: $0.number)] } ?? []
            }
        }
    }
}
