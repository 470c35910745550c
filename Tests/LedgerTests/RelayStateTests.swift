import Contracts
import Ledger
import Testing

@Suite struct RelayProgressTests {
    private let waitlist = lane(1, .waitlist)
    private let notifier = lane(2, .notifier)

    private static func lane(_ id: Int64, _ service: ServiceName) -> (id: Int64, name: StreamName) {
        let here = Address(service: .application, partition: Partition(number: 0))
        return (id, StreamName(producer: here, consumer: Address(service: service, partition: Partition(number: 0))))
    }

    private func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds)
    }

    private func progress(_ heads: Int64...) -> RelayState {
        var progress = RelayState()
        for (lane, head) in zip([waitlist, notifier], heads) {
            progress.add(.init(id: lane.id, name: .stream(lane.name), head: head, confirmed: 0))
        }
        return progress
    }

    /// Publishes all that may be published, and returns the publishIDs by stream and number.
    private func publish(
        _ progress: inout RelayState, now: Timestamp? = nil
    ) -> [Int64: [Int64: RelayState.PublishID]] {
        var publishIDs: [Int64: [Int64: RelayState.PublishID]] = [:]
        while let stretch = progress.nextRange(limit: 100, now: now ?? at(0)) {
            let numbers = Array(stretch.first...stretch.last)
            for (seq, publishID) in zip(numbers, progress.send(numbers, of: stretch)) {
                publishIDs[stretch.stream, default: [:]][seq] = publishID
            }
        }
        return publishIDs
    }

    /// The same for one stream, by number.
    private func publish(
        _ progress: inout RelayState, of stream: Int64, now: Timestamp? = nil
    ) -> [Int64: RelayState.PublishID] {
        publish(&progress, now: now)[stream] ?? [:]
    }

    @Test func `lanes take turns, each in its order and within the limit`() {
        var progress = progress(5, 1)
        var stretches: [String] = []
        while let stretch = progress.nextRange(limit: 2, now: at(0)) {
            stretches.append("\(stretch.stream): \(stretch.first)-\(stretch.last)")
            _ = progress.send(Array(stretch.first...stretch.last), of: stretch)
        }
        #expect(Set(stretches.prefix(2)) == ["1: 1-2", "2: 1-1"])
        #expect(stretches.filter { $0.hasPrefix("1") } == ["1: 1-2", "1: 3-4", "1: 5-5"])
        #expect(progress.resumesAt == nil)
    }

    @Test(
        arguments: [
            ([1, 2, 3], Int64(3)), ([2, 3], 0), ([3, 1], 1), ([3, 1, 2], 3), ([2, 1, 2], 2), ([1, 1], 1), ([], 0),
        ] as [([Int64], Int64)])
    func `the cursor moves without a hole, whatever the order of confirms`(confirms: [Int64], cursor: Int64) throws {
        var progress = progress(3)
        let publishIDs = publish(&progress, of: 1)
        for seq in confirms { progress.confirm(try #require(publishIDs[seq])) }
        #expect(progress.lanes[1]?.confirmed == cursor)
        let cursors = progress.takeCursors()
        #expect(cursors == (confirms.isEmpty ? [:] : [1: cursor]))
        let again = progress.takeCursors()
        #expect(again.isEmpty, "each move is taken once")
    }

    @Test func `a nack goes back to the first unconfirmed, and what was in flight then counts no more`() throws {
        var progress = progress(4)
        let first = publish(&progress, of: 1)
        progress.confirm(try #require(first[1]))
        progress.fail(try #require(first[3]), now: at(0))
        progress.confirm(try #require(first[2]))
        progress.confirm(try #require(first[4]))
        progress.fail(try #require(first[2]), now: at(0))
        #expect(progress.lanes[1]?.confirmed == 1, "what comes behind a hole was dropped by the consumer")
        let early = progress.nextRange(limit: 9, now: at(99))
        #expect(early == nil, "it rests 0.1 s")
        #expect(progress.resumesAt == at(100))
        let second = publish(&progress, of: 1, now: at(100))
        #expect(second.keys.sorted() == [2, 3, 4])
        for publishID in second.values { progress.confirm(publishID) }
        #expect(progress.lanes[1]?.confirmed == 4)
    }

    @Test func `rests grow up to 10 s, and a confirm ends the row of failures`() throws {
        var progress = progress(1)
        var now = at(0)
        var rests: [Int64] = []
        for _ in 0..<9 {
            let published = publish(&progress, of: 1, now: now)
            let publishID = try #require(published[1])
            progress.fail(publishID, now: now)
            let resumes = try #require(progress.resumesAt)
            rests.append(resumes.milliseconds - now.milliseconds)
            now = resumes
        }
        #expect(rests == [100, 200, 500, 1000, 2000, 5000, 10000, 10000, 10000])
        let first = publish(&progress, of: 1, now: now)
        progress.confirm(try #require(first[1]))
        progress.grow(1, name: .stream(waitlist.name), head: 2)
        let second = publish(&progress, of: 1, now: now)
        progress.fail(try #require(second[2]), now: now)
        #expect(progress.resumesAt == now.advanced(by: .milliseconds(100)))
    }

    @Test func `one lane's failure delays no other`() throws {
        var progress = progress(2, 2)
        let publishIDs = publish(&progress)
        progress.fail(try #require(publishIDs[1]?[1]), now: at(0))
        for publishID in try #require(publishIDs[2]).values { progress.confirm(publishID) }
        #expect(progress.lanes[2]?.confirmed == 2)
        progress.grow(2, name: .stream(notifier.name), head: 3)
        let next = progress.nextRange(limit: 9, now: at(1))
        #expect(next?.stream == 2)
    }

    @Test func `a new channel begins at the first unconfirmed of each lane`() throws {
        var progress = progress(3, 2)
        let old = publish(&progress)
        progress.confirm(try #require(old[1]?[1]))
        progress.reset()
        for publishIDs in old.values { for publishID in publishIDs.values { progress.confirm(publishID) } }
        #expect(progress.lanes[1]?.confirmed == 1 && progress.lanes[2]?.confirmed == 0)
        let new = publish(&progress)
        #expect(new[1]?.keys.sorted() == [2, 3] && new[2]?.keys.sorted() == [1, 2])
    }

    @Test func `a rewind sends again from there, and never invents what was not sent`() {
        var progress = progress(3)
        for publishID in publish(&progress, of: 1).values { progress.confirm(publishID) }
        progress.rewind(waitlist.name, to: 9)
        progress.rewind(notifier.name, to: 1)
        let nothing = publish(&progress)
        #expect(nothing.isEmpty)
        progress.rewind(waitlist.name, to: 2)
        let again = publish(&progress, of: 1)
        #expect(again.keys.sorted() == [2, 3])
    }

    @Test func `a stretch read before the lane went back is not sent`() throws {
        var progress = progress(3)
        let published = publish(&progress, of: 1)
        let publishID = try #require(published[1])
        progress.grow(1, name: .stream(waitlist.name), head: 5)
        let next = progress.nextRange(limit: 9, now: at(0))
        let stretch = try #require(next)
        progress.fail(publishID, now: at(0))
        let publishIDs = progress.send([4, 5], of: stretch)
        #expect(publishIDs.isEmpty)
    }

    @Test func `growing never shrinks`() {
        var progress = progress(3)
        progress.grow(1, name: .stream(waitlist.name), head: 2)
        #expect(progress.lanes[1]?.head == 3)
        progress.grow(9, name: .stream(notifier.name), head: 1)
        #expect(progress.resumesAt != nil)
        #expect(progress.lanes[9]?.confirmed == 0)
    }
}
