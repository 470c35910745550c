import Contracts
import Ledger
import Testing

@Suite struct StreamReceiverTests {
    private func at(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: seconds * 1000)
    }

    /// Contract section 4, from (epoch 5, last 3).
    @Test(arguments: [
        (Int64(5), Int64(4), StreamReceiver.Admission.apply, Int64(5), Int64(4)),
        (5, 3, .duplicate, 5, 3), (5, 1, .duplicate, 5, 3), (5, 5, .gap, 5, 3), (5, 900, .gap, 5, 3),
        (4, 4, .duplicate, 5, 3), (4, 99, .duplicate, 5, 3),
        (6, 1, .apply, 6, 1), (6, 2, .gap, 6, 0), (6, 4, .gap, 6, 0),
    ])
    func `a message is admitted by its epoch and number`(
        epoch: Int64, seq: Int64, admission: StreamReceiver.Admission, epochAfter: Int64, lastAfter: Int64
    ) {
        var receiver = StreamReceiver(epoch: 5, last: 3, head: 3)
        let actual = receiver.admit(epoch: epoch, seq: seq, now: at(0))
        #expect(actual == admission)
        #expect(receiver.epoch == epochAfter && receiver.last == lastAfter)
        #expect((receiver.gapSince != nil) == (admission == .gap))
    }

    @Test(arguments: [(Int64(9), true), (10, true), (11, false), (.max, false)])
    func `a higher epoch is refused if it is more than a day ahead`(epoch: Int64, isAccepted: Bool) {
        let before = StreamReceiver(epoch: 5, last: 3, head: 3)
        var receiver = before
        let admission = receiver.admit(epoch: epoch, seq: 1, now: at(0), highestEpoch: 10)
        #expect(admission == (isAccepted ? .apply : .refused))
        #expect(receiver.epoch == (isAccepted ? epoch : 5) && receiver.last == (isAccepted ? 1 : 3))
        receiver = before
        let isRecorded = receiver.recordHead(2, epoch: epoch, now: at(0), highestEpoch: 10)
        #expect(isRecorded == isAccepted)
        #expect(isAccepted ? receiver.epoch == epoch && receiver.last == 0 : receiver == before)
        var ahead = StreamReceiver(epoch: 20, last: 3, head: 3)
        let goesOn = ahead.admit(epoch: 20, seq: 4, now: at(0), highestEpoch: 10)
        #expect(goesOn == .apply, "the current epoch was accepted before")
        #expect(StreamReceiver.highestEpoch(at: at(1)) == 86_401_000)
    }

    @Test func `a resend is requested 5 s after a gap, one at a time and with backoff`() {
        var receiver = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = receiver.admit(epoch: 5, seq: 6, now: at(0))
        _ = receiver.admit(epoch: 5, seq: 7, now: at(3))
        let requests = (0...100).filter { receiver.resendDue(now: at(Int64($0))) != nil }
        #expect(requests == [5, 15, 35, 75])
    }

    @Test func `the request begins with the first missing message`() {
        var receiver = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = receiver.admit(epoch: 5, seq: 6, now: at(0))
        let from = receiver.resendDue(now: at(5))
        #expect(from == 4)
    }

    @Test func `messages in order close the gap, or move it`() {
        var receiver = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = receiver.admit(epoch: 5, seq: 6, now: at(0))
        _ = receiver.admit(epoch: 5, seq: 4, now: at(4))
        #expect(receiver.gapSince == at(4), "5 and 6 are still missing, but the gap has moved")
        _ = receiver.admit(epoch: 5, seq: 5, now: at(5))
        _ = receiver.admit(epoch: 5, seq: 6, now: at(5))
        #expect(receiver.gapSince == nil)
        let from = receiver.resendDue(now: at(999))
        #expect(from == nil)
    }

    @Test func `a stream_head reveals a lost last message`() {
        var receiver = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = receiver.recordHead(3, epoch: 5, now: at(0))
        #expect(receiver.gapSince == nil)
        _ = receiver.recordHead(9, epoch: 4, now: at(0))
        #expect(receiver.gapSince == nil, "it has an older epoch")
        _ = receiver.recordHead(5, epoch: 5, now: at(1))
        #expect(receiver.gapSince == at(1))
        let from = receiver.resendDue(now: at(6))
        #expect(from == 4)
        var restored = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = restored.recordHead(2, epoch: 6, now: at(0))
        #expect(restored.epoch == 6 && restored.last == 0)
        let first = restored.resendDue(now: at(5))
        #expect(first == 1)
    }
}
