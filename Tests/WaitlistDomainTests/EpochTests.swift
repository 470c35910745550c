import Contracts
import TestSupport
import Testing
import WaitlistDomain

/// What WaitlistService notes of ApplicationService's messages (contract section 5).
@Suite struct EpochTests {
    /// A list in epoch 5 that holds a release.
    private func given(release: Int = 2, reserved: Int = 1, epoch: Int64 = 5) -> Waitlist {
        var list = list(
            reserved: reserved, release: release, seen: 59, next: 4, listed: 3, asked: 3, outstanding: 3, nextRound: 2)
        list.epoch = epoch
        return list
    }

    @Test func `the number in the message is noted, whatever was counted before`() {
        for message in 0..<6 {
            var decision = decision(given(), origin: origin(epoch: 5, sent: 33, release: 2))
            switch message {
            case 0: decision.create(startsAt: at(1000))
            case 1: decision.update(startsAt: nil, liveRounds: [])
            case 2: decision.cancel()
            case 3: decision.enqueue(.trusted("v9"), since: at(5), position: nil)
            case 4: decision.remove(.trusted("v9"), isListed: false, round: nil)
            default: decision.discarded()
            }
            #expect(decision.list.seen == 33 && decision.list.epoch == 5)
            if message != 2 { #expect(decision.list.reserved == 1 && decision.list.outstanding == 3) }
        }
    }

    @Test func `messages of an earlier version are counted`() {
        var decision = decision(given(), origin: origin(epoch: 5, sent: nil))
        decision.discarded()
        #expect(decision.list.seen == 60)
    }

    @Test func `in one epoch an older release is ignored`() {
        var decision = decision(given(), origin: origin(epoch: 5, sent: 60, release: 1))
        decision.reserve(reservation(2, release: 1))
        #expect(decision.list.release == 2 && decision.list.reserved == 1 && decision.list.seen == 60)
    }

    @Test func `the first message after an upgrade begins no release`() {
        var decision = decision(given(epoch: 0), origin: origin(epoch: 6, sent: 60, release: 2))
        decision.reserve(reservation(1, release: 2))
        #expect(decision.list.outstanding == 3 && decision.list.epoch == 6)
    }
}
