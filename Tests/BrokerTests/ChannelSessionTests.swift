import Synchronization
import Testing

@testable import Broker

@Suite struct ChannelSessionTests {
    private final class SignalCounter: Sendable {
        private let count = Atomic<Int>(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() { count.add(1, ordering: .relaxed) }
    }

    private let signals = SignalCounter()
    private let session: ChannelSession

    init() {
        session = ChannelSession(signal: { [signals] in signals.increment() })
    }

    @Test func `the longest settled run is acked, and the consumer is woken only when it grows`() {
        session.handedOut(upTo: 5)
        session.settle([2, 4])
        #expect(session.settledTag == 0 && signals.value == 0)
        session.settle([1, 5])
        #expect(session.settledTag == 2 && signals.value == 1)
        #expect(session.outstanding == 1)
        session.settle([3])
        #expect(session.settledTag == 5 && signals.value == 2)
        #expect(session.outstanding == 0)
    }

    @Test func `a tag that was never handed out is not acked`() {
        session.handedOut(upTo: 2)
        session.settle([3, 10_000])
        session.settle([1, 2])
        #expect(session.settledTag == 2)
        session.handedOut(upTo: 3)
        #expect(session.settledTag == 2 && session.outstanding == 1)
    }

    @Test func `once the channel is lost, settling is ignored and nothing is outstanding`() {
        session.handedOut(upTo: 2)
        #expect(session.isCurrent && session.outstanding == 2)
        session.end()
        session.settle([1, 2])
        #expect(signals.value == 0)
        #expect(!session.isCurrent && session.outstanding == 0)
    }
}
