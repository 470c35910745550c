import Broker
import Testing

@Suite struct AckProgressTests {
    @Test func `only the contiguous prefix may be acked`() {
        var progress = AckProgress()
        for tag in 1...5 as ClosedRange<UInt64> { progress.delivered(tag) }
        #expect(progress.settled(2) == nil)
        #expect(progress.settled(4) == nil)
        #expect(progress.settled(1) == 2)
        #expect(progress.outstanding == 2)
        #expect(progress.settled(3) == 4)
        #expect(progress.settled(5) == 5)
        #expect(progress.outstanding == 0)
    }

    @Test func `unknown and repeated tags change nothing`() {
        var progress = AckProgress()
        #expect(progress.settled(1) == nil)
        progress.delivered(1)
        progress.delivered(2)
        #expect(progress.settled(0) == nil)
        #expect(progress.settled(3) == nil)
        #expect(progress.settled(2) == nil)
        #expect(progress.settled(2) == nil)
        #expect(progress.settled(1) == 2)
        #expect(progress.settled(1) == nil)
        #expect(progress.settled == 2)
    }

    @Test func `any order of settling ends at the last tag`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var progress = AckProgress()
            for tag in 1...200 as ClosedRange<UInt64> { progress.delivered(tag) }
            var acked: [UInt64] = []
            for tag in (1...200 as ClosedRange<UInt64>).shuffled(using: &generator) {
                if let upTo = progress.settled(tag) { acked.append(upTo) }
            }
            #expect(acked == acked.sorted())
            #expect(acked.last == 200)
        }
    }
}
