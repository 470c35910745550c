import Contracts
import Synchronization
import TestSupport
import Testing

@testable import ApplicationService

/// What live streams read of the changes of a process.
@Suite struct ApplicationChangesTests {
    private typealias Change = ApplicationChanges.Change

    private let clock = TestClock<Int64>(1_000)
    private let p0 = Partition(number: 0)
    private let p1 = Partition(number: 1)

    private func changes(capacity: Int = 8) -> ApplicationChanges {
        ApplicationChanges(capacity: capacity, clock: { [clock] in clock.now })
    }

    private func change(_ application: String, of fund: String = "1") -> Change {
        Change(application: .trusted(application), fund: .trusted(fund))
    }

    /// Reads once.
    private func read(
        _ changes: ApplicationChanges, _ topic: ApplicationChanges.Topic = .everything, after id: Int64 = 1_000
    ) async -> ApplicationChanges.Batch {
        let reader = ChangeReader(of: topic, after: id)
        return await changes.withReader(reader) { changes.next(for: reader) }
    }

    @Test func `ids are microseconds of the clock, and increase while it stands still or goes back`() async {
        let changes = changes()
        #expect(changes.ring == 1_000 && changes.last == 1_000)
        clock.now = 2_000
        changes.publish([change("a"), change("b")], in: p0)
        #expect(changes.last == 2_001)
        clock.now = 500
        changes.publish([change("c")], in: p0)
        #expect(changes.last == 2_002)
        clock.now = 9_000
        changes.publish([change("d")], in: p0)
        #expect(changes.last == 9_000)
        #expect(await read(changes, after: 2_001).changes == [change("c"), change("d")])
        #expect(await read(changes, after: 9_000).changes == [])
    }

    @Test func `each application is told once, in the order of the last changes`() async {
        let changes = changes()
        changes.publish([change("a"), change("b")], in: p0)
        changes.publish([change("a")], in: p0)
        #expect(await read(changes) == .init(changes: [change("b"), change("a")], last: changes.last))
    }

    @Test func `a fund hears of its own, another process of the partition that it asks for`() async {
        let changes = changes()
        changes.publish([change("a", of: "1"), change("b", of: "2")], in: p0)
        changes.publish([change("c", of: "1")], in: p1)
        #expect(await read(changes, .fund(.trusted("1"))).changes == [change("a", of: "1"), change("c", of: "1")])
        #expect(await read(changes, .fund(.trusted("3"))) == .init(changes: [], last: changes.last))
        #expect(await read(changes, .partition(p1)).changes == [change("c", of: "1")])
        changes.publishAll(in: p0)
        #expect(await read(changes, .fund(.trusted("3"))).changes == nil)
        #expect(await read(changes, .everything).changes == nil)
        #expect(await read(changes, .partition(p0)).changes == nil)
        #expect(await read(changes, .partition(p1)).changes == [change("c", of: "1")])
    }

    @Test func `a reader that is too late hears that anything may have changed, and one that is not does not`() async {
        let changes = changes(capacity: 3)
        for id in ["a", "b", "c", "d"] { changes.publish([change(id)], in: p0) }
        // The first of them is not kept; its id is 1,001.
        #expect(await read(changes, after: 1_000) == .init(changes: nil, last: 1_004))
        #expect(await read(changes, after: 1_001).changes == [change("b"), change("c"), change("d")])
        // From before this process.
        #expect(await read(changes, after: 0) == .init(changes: nil, last: 1_004))
        // From a clock that is ahead.
        #expect(await read(changes, after: .max) == .init(changes: [], last: 1_004))
    }

    @Test func `more changes than an event names are said to be anything`() async {
        let changes = changes(capacity: 500)
        let many = (0..<ChangeRing.maxChanges).map { change("\($0)") }
        changes.publish(many, in: p0)
        changes.publish(many, in: p0)
        #expect(await read(changes).changes == many)
        changes.publish([change("one more")], in: p0)
        #expect(await read(changes).changes == nil)
    }

    @Test func `a reader without news is woken once by the next that concerns it, and has missed nothing`() async {
        let changes = changes(capacity: 3)
        let count = Mutex(0)
        let reader = ChangeReader(of: .fund(.trusted("2")), after: changes.last) { count.withLock { $0 += 1 } }
        await changes.withReader(reader) {
            #expect(changes.next(for: reader).changes == [])
            // More than the ring keeps, and none of it concerns the reader.
            for id in ["a", "b", "c", "d", "e"] { changes.publish([change(id)], in: p0) }
            #expect(count.withLock { $0 } == 0)
            changes.publish([change("x", of: "2")], in: p0)
            changes.publish([change("y", of: "2")], in: p0)
            #expect(count.withLock { $0 } == 1)
            #expect(changes.next(for: reader).changes == [change("x", of: "2"), change("y", of: "2")])
            // It is not waiting until it has read that there is nothing.
            changes.publish([change("z", of: "2")], in: p0)
            #expect(count.withLock { $0 } == 1)
            #expect(changes.next(for: reader).changes == [change("z", of: "2")])
            #expect(changes.next(for: reader).changes == [])
            changes.publishAll(in: p1)
            #expect(count.withLock { $0 } == 2)
            #expect(changes.next(for: reader).changes == nil)
        }
        // It has gone.
        changes.publish([change("x", of: "2")], in: p0)
        #expect(count.withLock { $0 } == 2)
    }

    @Test func `a reader that sleeps through changes of others hears of nothing when its time is over`() async {
        let changes = changes(capacity: 3)
        let reader = ChangeReader(of: .partition(p1), after: changes.last)
        await changes.withReader(reader) {
            #expect(changes.next(for: reader).changes == [])
            for id in ["a", "b", "c", "d", "e"] { changes.publish([change(id)], in: p0) }
            #expect(changes.next(for: reader) == .init(changes: [], last: changes.last))
        }
    }

    @Test func `other processes are asked while a stream is open, and not for the requests of others`() async {
        let changes = changes()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { await changes.waitForStream() } }
            await changes.withReader(ChangeReader(of: .everything, after: 0), isStream: true) {
                await changes.waitForStream()
                for await _ in group {}
            }
        }
        await changes.withReader(ChangeReader(of: .partition(p0), after: 0)) {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await changes.waitForStream()
                    return Task.isCancelled
                }
                group.cancelAll()
                #expect(await group.next() == true)
            }
        }
    }
}
