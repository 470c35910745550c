import Contracts
import Ledger
import OrderedCollections
import Testing

/// When a stream's head is sent, which answers count, and what is published before and after (contract section 4).
@Suite struct RelayHandshakeTests {
    private static let here = Address(service: .application, partition: Partition(number: 0))
    private let waitlist = StreamName(
        producer: here, consumer: Address(service: .waitlist, partition: Partition(number: 0)))
    private let notifier = StreamName(
        producer: here, consumer: Address(service: .notifier, partition: Partition(number: 0)))
    private let outside = OutboxStreamName.external(from: here, exchange: Exchange.notifications)

    private func at(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: seconds * 1000)
    }

    /// A stream to WaitlistService with 5 messages, of which 3 are confirmed.
    private func makeState(seed: UInt64 = 0xA) -> RelayState {
        var state = RelayState(seed: seed)
        state.add(.init(id: 1, name: .stream(waitlist), epoch: 7, head: 5, confirmed: 3))
        return state
    }

    private func head(_ state: inout RelayState, now: Timestamp? = nil) throws -> RelayState.OutboxHead {
        try #require(state.nextHeads(limit: 9, now: now ?? at(0)).first)
    }

    private func range(_ state: inout RelayState, now: Timestamp? = nil) -> ClosedRange<Int64>? {
        state.nextRange(limit: 9, now: now ?? at(0)).map { $0.first...$0.last }
    }

    private func verified(_ head: StreamHead, last: Int64, id: Int64 = 1) -> VerifiedStream {
        VerifiedStream(id: id, last: last, handshake: head.handshake)
    }

    @Test(arguments: [(Int64(3), Int64(4)), (1, 2), (0, 1), (4, 5)])
    func `nothing is published before the answer, and then what follows it`(last: Int64, first: Int64) throws {
        var state = makeState()
        #expect(range(&state) == nil)
        #expect(state.nextDue == nil)
        let head = try head(&state).head
        #expect(head == StreamHead(stream: waitlist, epoch: 7, head: 3, handshake: head.handshake))
        #expect(range(&state) == nil)
        state.verify(verified(head, last: last))
        #expect(range(&state) == first...5)
        #expect(state.nextDue != nil)
    }

    @Test func `an external stream needs no answer`() {
        var state = RelayState(seed: 1)
        state.add(.init(id: 4, name: outside, epoch: 7, head: 2, confirmed: 0))
        #expect(state.nextHeads(limit: 9, now: at(0)).isEmpty)
        #expect(state.nextHeadDue == nil)
        #expect(range(&state) == 1...2)
        state.reset()
        #expect(range(&state) == 1...2)
    }

    @Test func `a stream that waits delays no other`() throws {
        var state = makeState()
        state.add(.init(id: 2, name: .stream(notifier), epoch: 7, head: 2, confirmed: 0))
        let heads = state.nextHeads(limit: 9, now: at(0)).map(\.head)
        #expect(heads.map(\.stream) == [waitlist, notifier])
        state.verify(verified(heads[1], last: 0, id: 2))
        let next = state.nextRange(limit: 9, now: at(0))
        #expect(next?.stream == 2)
    }

    @Test func `a stream that begins is asked at once`() throws {
        var state = makeState()
        _ = try head(&state)
        state.advance(AdvancedStream(id: 2, name: .stream(notifier), epoch: 9, head: 1))
        #expect(try #require(state.nextHeadDue) <= at(0))
        let second = try head(&state).head
        #expect(second.stream == notifier && second.epoch == 9 && second.head == 0)
    }

    @Test func `a head is repeated every 30 s, and after it was returned with backoff`() throws {
        var state = makeState()
        var now = at(0)
        var pauses: [Duration] = []
        for _ in 0..<8 {
            let sent = try head(&state, now: now)
            state.fail(sent.publishID, now: now)
            let due = try #require(state.nextHeadDue)
            pauses.append(due - now)
            now = due
        }
        #expect(pauses == [0.1, 0.2, 0.5, 1, 2, 5, 10, 10].map { .seconds($0) })
        let first = try head(&state, now: now)
        state.confirm(first.publishID)
        #expect(state.nextHeadDue == now.advanced(by: .seconds(30)))
        let tooEarly = state.nextHeads(limit: 9, now: now.advanced(by: .milliseconds(29_999)))
        #expect(tooEarly.isEmpty)
        let again = try head(&state, now: now.advanced(by: .seconds(30)))
        #expect(again.head == first.head && again.publishID != first.publishID)
        state.fail(again.publishID, now: now)
        #expect(state.nextHeadDue == now.advanced(by: .milliseconds(100)), "a confirm resets the backoff")
    }

    @Test func `heads respect the limit`() {
        var state = makeState()
        state.add(.init(id: 2, name: .stream(notifier), epoch: 7, head: 2, confirmed: 0))
        let none = state.nextHeads(limit: 0, now: at(0))
        let one = state.nextHeads(limit: 1, now: at(0))
        let other = state.nextHeads(limit: 1, now: at(0))
        #expect(none.isEmpty && one.map(\.head.stream) == [waitlist] && other.map(\.head.stream) == [notifier])
    }

    @Test func `only the first answer to the head of this channel is expected`() throws {
        var state = makeState()
        let unasked = StreamApplied(stream: waitlist, epoch: 7, last: 3)
        #expect(!state.expects(unasked))
        let head = try head(&state).head
        let answer = StreamApplied(stream: waitlist, epoch: 7, last: 3, handshake: head.handshake)
        #expect(state.expects(answer) && state.expects(unasked), "an earlier version returns no handshake")
        var other = answer
        other.handshake = "x"
        #expect(!state.expects(other))
        other = answer
        other.stream = notifier
        #expect(!state.expects(other))
        state.verify(verified(head, last: 3))
        #expect(!state.expects(answer) && !state.expects(unasked))
        state.reset()
        #expect(!state.expects(answer) && !state.expects(unasked))
        #expect(range(&state) == nil)
        _ = try self.head(&state)
        #expect(!state.expects(answer), "each channel asks anew")
        state.verify(verified(head, last: 3))
        #expect(range(&state) == nil)
        var sameNumber = makeState(seed: 0xB)
        let elsewhere = try self.head(&sameNumber).head
        #expect(elsewhere.handshake != head.handshake, "no other process asks with the same text")
    }

    @Test func `an answer in the middle of the stream rewinds nothing`() throws {
        var state = makeState()
        let head = try head(&state).head
        state.verify(verified(head, last: 3))
        let next = state.nextRange(limit: 9, now: at(0))
        let ids = state.send([(4, 9), (5, 9)], of: try #require(next))
        state.verify(verified(head, last: 3))
        for id in ids { state.confirm(id) }
        #expect(state.streams[1]?.confirmed == 5)
        #expect(range(&state) == nil)
    }

    @Test func `a new epoch begins at 1, after another answer, and older outcomes are ignored`() throws {
        var state = makeState()
        let old = try head(&state)
        let next = AdvancedStream(id: 1, name: .stream(waitlist), epoch: 12, head: 2)
        state.advance(next)
        state.verify(verified(old.head, last: 0))
        #expect(range(&state) == nil)
        let new = try head(&state).head
        #expect(new.epoch == 12 && new.head == 0 && new.handshake != old.head.handshake)
        state.verify(verified(new, last: 0))
        let range = state.nextRange(limit: 9, now: at(0))
        #expect(range.map { [$0.epoch, $0.first, $0.last] } == [12, 1, 2])
        state.advance(next)
        #expect(self.range(&state) == 1...2, "the same news again changes nothing")
    }

    @Test func `a range of an earlier epoch is not sent`() throws {
        var state = makeState()
        state.verify(verified(try head(&state).head, last: 0))
        let next = state.nextRange(limit: 9, now: at(0))
        state.advance(AdvancedStream(id: 1, name: .stream(waitlist), epoch: 12, head: 5))
        state.verify(verified(try head(&state).head, last: 0))
        let sent = state.send([(1, 9), (2, 9)], of: try #require(next))
        #expect(sent.isEmpty)
    }
}
