import Contracts
import Ledger
import Testing

@Suite struct StreamGateTests {
    private func at(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: seconds * 1000)
    }

    /// Contract section 4, from (epoch 5, last 3).
    @Test(arguments: [
        (Int64(5), Int64(4), StreamReceiver.Verdict.apply, Int64(5), Int64(4)),
        (5, 3, .duplicate, 5, 3), (5, 1, .duplicate, 5, 3), (5, 5, .gap, 5, 3), (5, 900, .gap, 5, 3),
        (4, 4, .duplicate, 5, 3), (4, 99, .duplicate, 5, 3),
        (6, 1, .apply, 6, 1), (6, 2, .gap, 6, 0), (6, 4, .gap, 6, 0),
    ])
    func `a message is judged by its epoch and number`(
        epoch: Int64, seq: Int64, verdict: StreamReceiver.Verdict, epochAfter: Int64, lastAfter: Int64
    ) {
        var gate = StreamReceiver(epoch: 5, last: 3, head: 3)
        let judged = gate.admit(epoch: epoch, seq: seq, now: at(0))
        #expect(judged == verdict)
        #expect(gate.epoch == epochAfter && gate.last == lastAfter)
        #expect((gate.gapSince != nil) == (verdict == .gap))
    }

    @Test func `a gap that stays open for 5 s is asked for, and one request is outstanding, with back-off`() {
        var gate = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = gate.admit(epoch: 5, seq: 6, now: at(0))
        _ = gate.admit(epoch: 5, seq: 7, now: at(3))
        let asked = (0...100).filter { gate.resendDue(now: at(Int64($0))) != nil }
        #expect(asked == [5, 15, 35, 75])
    }

    @Test func `the request begins with the first that is missing`() {
        var gate = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = gate.admit(epoch: 5, seq: 6, now: at(0))
        let from = gate.resendDue(now: at(5))
        #expect(from == 4)
    }

    @Test func `what comes in order closes the gap, or moves it on`() {
        var gate = StreamReceiver(epoch: 5, last: 3, head: 3)
        _ = gate.admit(epoch: 5, seq: 6, now: at(0))
        _ = gate.admit(epoch: 5, seq: 4, now: at(4))
        #expect(gate.gapSince == at(4), "5 and 6 are still missing, but it moves")
        _ = gate.admit(epoch: 5, seq: 5, now: at(5))
        _ = gate.admit(epoch: 5, seq: 6, now: at(5))
        #expect(gate.gapSince == nil)
        let from = gate.resendDue(now: at(999))
        #expect(from == nil)
    }

    @Test func `a stream_head reveals a lost last message`() {
        var gate = StreamReceiver(epoch: 5, last: 3, head: 3)
        gate.learn(epoch: 5, head: 3, now: at(0))
        #expect(gate.gapSince == nil)
        gate.learn(epoch: 4, head: 9, now: at(0))
        #expect(gate.gapSince == nil, "of an older epoch")
        gate.learn(epoch: 5, head: 5, now: at(1))
        #expect(gate.gapSince == at(1))
        let from = gate.resendDue(now: at(6))
        #expect(from == 4)
        var restored = StreamReceiver(epoch: 5, last: 3, head: 3)
        restored.learn(epoch: 6, head: 2, now: at(0))
        #expect(restored.epoch == 6 && restored.last == 0)
        let first = restored.resendDue(now: at(5))
        #expect(first == 1)
    }
}
