import Contracts
import Foundation
import Testing
import WaitlistDomain

/// Times are seconds; every application starts at 1000 unless a test says otherwise, and offers hold for 100.
func at(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: Int64(seconds) * 1000)
}

func list(
    reserved: Int = 0, release: Int = 0, seen: Int = 3, next: Int64 = 1, listed: Int = 0, asked: Int = 0,
    outstanding: Int = 0, unaskedFrom: Int64 = 0, nextRound: Int64 = 1, cancelled: Bool = false,
    scan: Waitlist.Scan? = nil
) -> Waitlist {
    Waitlist(
        application: .trusted("7"), startsAt: at(1000), cancelled: cancelled, reserved: reserved, release: release,
        seen: seen, nextSequence: next, listed: listed, asked: asked, outstanding: outstanding,
        unaskedFrom: unaskedFrom, nextRound: nextRound, scan: scan)
}

func desk(_ list: Waitlist, _ factor: OfferPolicy.Factor = .all, now: Int = 5) -> WaitlistDecision {
    WaitlistDecision(list, policy: OfferPolicy(factor: factor, window: ISODuration(time: .seconds(100))), now: at(now))
}

func round(
    _ number: Int64, from start: Int = 0, until end: Int = 100, lapsed: Bool = false, members: Int = 0
) -> OfferRound {
    OfferRound(number: number, offeredAt: at(start), expiresAt: at(end), lapsed: lapsed, members: members)
}

func entries(_ sequences: ClosedRange<Int64>, asked: Set<Int64> = []) -> [WaitlistDecision.Entry] {
    sequences.map { WaitlistDecision.Entry(sequence: $0, volunteer: .trusted("v\($0)"), asked: asked.contains($0)) }
}

func reservation(_ spots: Int, release: Int? = 1) -> NotifyFreeSpot {
    NotifyFreeSpot(applicationID: .trusted("7"), availableSpots: spots, waitingVolunteers: [], release: release)
}

extension Waitlist.Scan {
    static func offers(_ round: Int64, after cursor: Int64 = 0, through end: Int64) -> Self {
        Self(purpose: .offers, round: round, cursor: cursor, end: end)
    }

    static func opening(_ round: Int64 = 0, after cursor: Int64 = 0, through end: Int64) -> Self {
        Self(purpose: .openToAll, round: round, cursor: cursor, end: end)
    }
}

extension WaitlistDecision {
    /// What ApplicationService is answered, in short.
    var said: [String] {
        messages.map { message in
            switch message {
            case .waitingListRecord(let record): "\(record.userID.string) at \(record.position ?? 0)"
            case .notifyFreeSpot(let answer):
                "\(answer.waitingVolunteers.map(\.string).joined(separator: ",")): \(answer.availableSpots) in "
                    + "\(answer.release ?? -1), seen \(answer.seen ?? -1)"
                    + (answer.expiresAt.map { ", until \($0.timestamp(in: .gmt).milliseconds / 1000)" } ?? "")
                    + (answer.more == true ? ", more" : "")
            default: "\(message)"
            }
        }
    }
}
