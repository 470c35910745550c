import Broker
import Testing

@Suite struct AckProgressTests {
    private func progress(delivered count: UInt64) -> AckProgress {
        var progress = AckProgress()
        for tag in 1...count { progress.delivered(tag) }
        return progress
    }

    @Test func `only the contiguous prefix may be acked`() {
        var progress = progress(delivered: 5)
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

    @Test func `settling in any order ends at the last tag`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var progress = progress(delivered: 200)
            var acked: [UInt64] = []
            for tag in (1...200 as ClosedRange<UInt64>).shuffled(using: &generator) {
                if let tag = progress.settled(tag) { acked.append(tag) }
            }
            #expect(acked == acked.sorted())
            #expect(acked.last == 200)
        }
    }
}
