import Contracts
import Foundation
import TestSupport
import WaitlistDomain

/// A list of application 7, which starts at second 1000. Offers hold for 100 seconds (`decision`).
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

func decision(
    _ list: Waitlist, _ factor: OfferPolicy.Factor = .all, now: Int = 5, origin: MessageOrigin? = nil
) -> WaitlistDecision {
    WaitlistDecision(
        list, policy: OfferPolicy(factor: factor, window: ISODuration(time: .seconds(100))), now: at(now),
        origin: origin)
}

/// Of a message in an epoch, with its stamp unless `sent` is nil.
func origin(epoch: Int64, sent: Int?, release: Int = 0) -> MessageOrigin {
    MessageOrigin(epoch: epoch, stamp: sent.map { AllocationStamp(sent: $0, release: release) })
}

func round(
    _ number: Int64, from start: Int = 0, until end: Int = 100, lapsed: Bool = false, members: Int = 0
) -> OfferRound {
    OfferRound(number: number, offeredAt: at(start), expiresAt: at(end), lapsed: lapsed, members: members)
}

/// Volunteers `v1`, `v2`, … with these sequence numbers.
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
    /// The messages to ApplicationService, in short: `5 at 3` is a waiting list record of volunteer 5 at position 3;
    /// `v1,v2: 1 in 4, seen 9, until 105` tells v1 and v2 of 1 reserved spot in release 4, with offers until 105.
    var sent: [String] {
        messages.map { message in
            switch message {
            case .waitingListRecord(let record): "\(record.userID.string) at \(record.position ?? 0)"
            case .notifyFreeSpot(let freeSpots):
                "\(freeSpots.waitingVolunteers.map(\.string).joined(separator: ",")): \(freeSpots.availableSpots) in "
                    + "\(freeSpots.release ?? -1), seen \(freeSpots.seen ?? -1)"
                    + (freeSpots.expiresAt.map { ", until \($0.timestamp(in: .gmt).milliseconds / 1000)" } ?? "")
                    + (freeSpots.more == true ? ", more" : "")
            default: "\(message)"
            }
        }
    }
}
