import Contracts
import Ledger
import OrderedCollections
import Testing

@Suite struct RelayStateTests {
    private let waitlist = stream(1, .waitlist)
    private let notifier = stream(2, .notifier)

    private static func stream(_ id: Int64, _ service: ServiceName) -> (id: Int64, name: StreamName) {
        let here = Address(service: .application, partition: Partition(number: 0))
        return (id, StreamName(producer: here, consumer: Address(service: service, partition: Partition(number: 0))))
    }

    private func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds)
    }

    private func makeState(_ heads: Int64..., limit: FlightSize = RelayState.defaultLimit) -> RelayState {
        var state = RelayState(seed: 0xA, limit: limit)
        for (stream, head) in zip([waitlist, notifier], heads) {
            state.add(.init(id: stream.id, name: .stream(stream.name), epoch: 7, head: head, confirmed: 0))
        }
        answer(&state)
        return state
    }

    /// Every consumer has applied what is confirmed.
    private func answer(_ state: inout RelayState, now: Timestamp? = nil) {
        for sent in state.nextHeads(limit: 9, now: now ?? at(0)) {
            guard let id = state.streams.values.first(where: { $0.name == .stream(sent.head.stream) })?.id else {
                continue
            }
            state.verify(VerifiedStream(id: id, last: sent.head.head, handshake: sent.head.handshake))
        }
    }

    private func advanced(_ stream: (id: Int64, name: StreamName), to head: Int64, epoch: Int64 = 7) -> AdvancedStream {
        AdvancedStream(id: stream.id, name: .stream(stream.name), epoch: epoch, head: head)
    }

    /// Publishes everything that may be published. Returns the publish ids by stream and number.
    private func publish(
        _ state: inout RelayState, now: Timestamp? = nil
    ) -> [Int64: [Int64: RelayState.PublishID]] {
        var publishIDs: [Int64: [Int64: RelayState.PublishID]] = [:]
        while let range = state.nextRange(limit: 100, now: now ?? at(0)) {
            let numbers = Array(range.first...range.last)
            for (seq, publishID) in zip(numbers, state.send(numbers.map { ($0, 1) }, of: range)) {
                publishIDs[range.stream, default: [:]][seq] = publishID
            }
        }
        return publishIDs
    }

    /// The same for one stream, by number.
    private func publish(
        _ state: inout RelayState, of stream: Int64, now: Timestamp? = nil
    ) -> [Int64: RelayState.PublishID] {
        publish(&state, now: now)[stream] ?? [:]
    }

    @Test func `streams are served in turn, each in its order and within the limit`() {
        var state = makeState(5, 1)
        var ranges: [String] = []
        while let range = state.nextRange(limit: 2, now: at(0)) {
            ranges.append("\(range.stream): \(range.first)-\(range.last)")
            _ = state.send((range.first...range.last).map { ($0, 1) }, of: range)
        }
        #expect(Set(ranges.prefix(2)) == ["1: 1-2", "2: 1-1"])
        #expect(ranges.filter { $0.hasPrefix("1") } == ["1: 1-2", "1: 3-4", "1: 5-5"])
        #expect(state.nextDue == nil)
    }

    @Test(
        arguments: [
            ([1, 2, 3], Int64(3)), ([2, 3], 0), ([3, 1], 1), ([3, 1, 2], 3), ([2, 1, 2], 2), ([1, 1], 1), ([], 0),
        ] as [([Int64], Int64)])
    func `the cursor moves without a gap, whatever the order of confirms`(confirms: [Int64], cursor: Int64) throws {
        var state = makeState(3)
        let publishIDs = publish(&state, of: 1)
        for seq in confirms { state.confirm(try #require(publishIDs[seq])) }
        #expect(state.streams[1]?.confirmed == cursor)
        let cursors = state.takeCursors()
        #expect(cursors.mapValues(\.confirmed) == (confirms.isEmpty ? [:] : [1: cursor]))
        let again = state.takeCursors()
        #expect(again.isEmpty, "each move is taken once")
    }

    @Test func `after a nack the stream goes back to the first unconfirmed, and older outcomes are ignored`() throws {
        var state = makeState(4)
        let first = publish(&state, of: 1)
        state.confirm(try #require(first[1]))
        state.fail(try #require(first[3]), now: at(0))
        state.confirm(try #require(first[2]))
        state.confirm(try #require(first[4]))
        state.fail(try #require(first[2]), now: at(0))
        #expect(state.streams[1]?.confirmed == 1, "the consumer dropped everything behind the gap")
        let early = state.nextRange(limit: 9, now: at(99))
        #expect(early == nil, "it backs off for 0.1 s")
        #expect(state.nextDue == at(100))
        let probe = publish(&state, of: 1, now: at(100))
        #expect(probe.keys.sorted() == [2], "one message shows whether the stream still fails")
        for publishID in probe.values { state.confirm(publishID) }
        let rest = publish(&state, of: 1, now: at(100))
        #expect(rest.keys.sorted() == [3, 4])
        for publishID in rest.values { state.confirm(publishID) }
        #expect(state.streams[1]?.confirmed == 4)
    }

    @Test func `the backoff grows up to 10 s, and a confirm resets it`() throws {
        var state = makeState(1)
        var now = at(0)
        var pauses: [Int64] = []
        for _ in 0..<9 {
            let published = publish(&state, of: 1, now: now)
            let publishID = try #require(published[1])
            state.fail(publishID, now: now)
            let resumes = try #require(state.nextDue)
            pauses.append(resumes.milliseconds - now.milliseconds)
            now = resumes
        }
        #expect(pauses == [100, 200, 500, 1000, 2000, 5000, 10000, 10000, 10000])
        let first = publish(&state, of: 1, now: now)
        state.confirm(try #require(first[1]))
        state.advance(advanced(waitlist, to: 2))
        let second = publish(&state, of: 1, now: now)
        state.fail(try #require(second[2]), now: now)
        #expect(state.nextDue == now.advanced(by: .milliseconds(100)))
    }

    @Test func `a failing stream delays no other`() throws {
        var state = makeState(2, 2)
        let publishIDs = publish(&state)
        state.fail(try #require(publishIDs[1]?[1]), now: at(0))
        for publishID in try #require(publishIDs[2]).values { state.confirm(publishID) }
        #expect(state.streams[2]?.confirmed == 2)
        state.advance(advanced(notifier, to: 3))
        let next = state.nextRange(limit: 9, now: at(1))
        #expect(next?.stream == 2)
    }

    @Test func `a new channel begins at the first unconfirmed message of each stream`() throws {
        var state = makeState(3, 2)
        let old = publish(&state)
        state.confirm(try #require(old[1]?[1]))
        state.reset()
        answer(&state)
        for publishIDs in old.values { for publishID in publishIDs.values { state.confirm(publishID) } }
        #expect(state.streams[1]?.confirmed == 1 && state.streams[2]?.confirmed == 0)
        let new = publish(&state)
        #expect(new[1]?.keys.sorted() == [2, 3] && new[2]?.keys.sorted() == [1, 2])
    }

    @Test func `a rewind sends again from there, and never beyond the head`() {
        var state = makeState(3)
        for publishID in publish(&state, of: 1).values { state.confirm(publishID) }
        state.rewind(waitlist.name, to: 9)
        state.rewind(notifier.name, to: 1)
        let nothing = publish(&state)
        #expect(nothing.isEmpty)
        state.rewind(waitlist.name, to: 2)
        let again = publish(&state, of: 1)
        #expect(again.keys.sorted() == [2, 3])
    }

    @Test func `a range made before a rewind is not sent`() throws {
        var state = makeState(3)
        let published = publish(&state, of: 1)
        let publishID = try #require(published[1])
        state.advance(advanced(waitlist, to: 5))
        let next = state.nextRange(limit: 9, now: at(0))
        let range = try #require(next)
        state.fail(publishID, now: at(0))
        let publishIDs = state.send([(4, 1), (5, 1)], of: range)
        #expect(publishIDs.isEmpty)
    }

    @Test func `a lower head is ignored`() {
        var state = makeState(3)
        state.advance(advanced(waitlist, to: 2))
        #expect(state.streams[1]?.head == 3)
        state.advance(advanced((id: 9, name: notifier.name), to: 1))
        #expect(state.streams[9]?.head == 1 && state.streams[9]?.confirmed == 0)
    }

    // MARK: - Shares of the channel

    @Test func `a stream without confirms leaves as much of the channel free as it takes`() {
        var state = makeState(1000, 0, limit: FlightSize(messages: 100, bytes: 1_000_000))
        let first = publish(&state)
        #expect(first[1]?.count == 50)
        state.advance(AdvancedStream(id: 2, name: .stream(notifier.name), epoch: 7, head: 1000))
        let second = publish(&state)
        #expect(second[1] == nil && second[2]?.count == 25)
        // What is confirmed is free again.
        for publishID in (second[2] ?? [:]).values.prefix(10) { state.confirm(publishID) }
        let third = publish(&state)
        #expect(third[1] == nil && third[2]?.count == 10)
    }

    @Test func `large messages are limited by their bytes`() throws {
        var state = makeState(9, limit: FlightSize(messages: 100, bytes: 1000))
        let whole = state.nextRange(limit: 9, now: at(0))
        let first = state.send((1...9).map { ($0, 150) }, of: try #require(whole))
        #expect(first.count == 3, "half of the bytes")
        let rest = state.nextRange(limit: 9, now: at(0))
        #expect(rest?.first == 4)
        let giant = state.send([(4, 5000), (5, 1)], of: try #require(rest))
        #expect(giant.count == 1, "a message that is larger than the share is sent alone")
        let nothing = state.nextRange(limit: 9, now: at(0))
        #expect(nothing == nil)
        for publishID in first + giant { state.confirm(publishID) }
        let last = state.nextRange(limit: 9, now: at(0))
        #expect(last?.first == 5)
    }

    // MARK: - Streams that make no progress

    @Test func `a stream that is nacked for 5 s needs a new channel, where it continues at once`() {
        var state = makeState(1, 1)
        var now = at(0)
        while now < at(5000) {
            for publishID in publish(&state, of: 1, now: now).values { state.fail(publishID, now: now) }
            let early = state.takeStalled(now: now)
            #expect(early == nil)
            now = now.advanced(by: .milliseconds(100))
        }
        let stalled = state.takeStalled(now: now)
        #expect(stalled?.name == .stream(waitlist.name) && stalled?.failing == .seconds(5))
        state.reset()
        answer(&state)
        #expect(state.nextDue == Timestamp(milliseconds: .min), "its back-off is over")
        let again = publish(&state, now: now)
        #expect(again.keys.sorted() == [1, 2])
    }

    @Test func `a stream whose head fails needs a new channel too, unless the head gets through`() throws {
        for isConfirmed in [false, true] {
            var state = RelayState(seed: 1)
            state.add(.init(id: 1, name: .stream(waitlist.name), epoch: 7, head: 0, confirmed: 0))
            var now = at(0)
            for head in state.nextHeads(limit: 9, now: now) { state.fail(head.publishID, now: now) }
            now = at(5000)
            for head in state.nextHeads(limit: 9, now: now) {
                if isConfirmed { state.confirm(head.publishID) } else { state.fail(head.publishID, now: now) }
            }
            #expect(state.takeStalled(now: now)?.failing == (isConfirmed ? nil : .seconds(5)))
        }
    }

    @Test func `a confirm ends the failure`() throws {
        var state = makeState(2)
        let publishIDs = publish(&state, of: 1)
        for publishID in publishIDs.values { state.fail(publishID, now: at(0)) }
        for publishID in publish(&state, of: 1, now: at(1000)).values { state.confirm(publishID) }
        let stalled = state.takeStalled(now: at(60_000))
        #expect(stalled == nil)
    }

    @Test func `new channels that do not help are opened ever more rarely, for all failing streams together`() {
        var state = makeState(1, 1)
        var now = at(0)
        var pauses: [Int64] = []
        var opened = now
        while pauses.count < 9 {
            for stream in publish(&state, now: now).values {
                for publishID in stream.values { state.fail(publishID, now: now) }
            }
            if state.takeStalled(now: now) != nil {
                pauses.append((now.milliseconds - opened.milliseconds) / 1000)
                opened = now
                state.reset()
                answer(&state, now: now)
            }
            now = now.advanced(by: .seconds(1))
        }
        // A second passes before the first failure on the new channel.
        #expect(pauses == [5, 11, 21, 41, 81, 161, 301, 301, 301])
    }
}
