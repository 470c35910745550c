import Contracts
import Ledger
import Synchronization
import TestSupport
import Testing

/// Timers and jobs: what the writer does without an input.
@Suite struct DueTests {
    @Test func `timers fire once, in order, and not before they are due`() async throws {
        try await withLedger { ledger in
            let now = ledger.clock.now
            try await ledger.writer.perform { transaction in
                for (key, seconds) in [("c", 30), ("a", 10), ("b", 20), ("moved", 5), ("gone", 5)] {
                    try transaction.schedule(.init(kind: "t", key: key, due: now.advanced(by: .seconds(seconds))))
                }
                try transaction.schedule(.init(kind: "t", key: "moved", due: now.advanced(by: .seconds(25))))
                try transaction.cancelTimer(kind: "t", key: "gone")
            }
            try await ledger.advance(.milliseconds(9999))
            #expect(try ledger.log.isEmpty)
            try await ledger.advance(.milliseconds(1))
            #expect(try ledger.log == ["t a"])
            try await ledger.advance(.seconds(60))
            try await ledger.runOnce()
            #expect(try ledger.log == ["t a", "t b", "t moved", "t c"])
        }
    }

    @Test func `the handler reconsiders at the start, and when the clock was set back`() async throws {
        try await withLedger { ledger in
            try await ledger.runOnce()
            #expect(ledger.handler.reconsiderations == 1)
            for (change, count) in [(60_000, 1), (-500, 1), (-1001, 2), (1, 2), (86_400_000, 2), (-86_400_000, 3)] {
                try await ledger.advance(.milliseconds(change))
                #expect(ledger.handler.reconsiderations == count, "\(change) ms")
            }
        }
    }

    @Test func `a failing timer is retried, and delays no other`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["t a"] }
            let now = ledger.clock.now
            try await ledger.writer.perform { transaction in
                for key in ["a", "b"] { try transaction.schedule(.init(kind: "t", key: key, due: now)) }
            }
            try await ledger.runOnce()
            #expect(try ledger.log == ["t b"])
            ledger.handler.change { $0.failing = [] }
            try await ledger.advance(.seconds(30))
            #expect(try ledger.log == ["t b", "t a"])
        }
    }

    @Test func `a timer survives a restart`() async throws {
        let folder = try TemporaryFolder("ledger")
        let clock = TestClock(Timestamp.testStart)
        try await withLedger(in: folder, clock: clock) { ledger in
            let due = clock.now.advanced(by: .seconds(10))
            try await ledger.writer.perform { try $0.schedule(.init(kind: "t", key: "a", due: due)) }
        }
        clock.advance(.seconds(11))
        try await withLedger(in: folder, clock: clock) { ledger in
            try await ledger.runOnce()
            try await ledger.runOnce()
            #expect(try ledger.log == ["t a"])
        }
    }

    @Test func `a job resumes after a restart`() async throws {
        let folder = try TemporaryFolder("ledger")
        let clock = TestClock(Timestamp.testStart)
        try await withLedger(in: folder, clock: clock) { ledger in
            ledger.handler.change { $0.failing = ["w 3"] }
            try await ledger.writer.perform { try $0.start(.init(kind: "k", key: "w", detail: "d")) }
            while try ledger.log.count < 2 { try await ledger.runOnce() }
            try await ledger.runOnce()
            #expect(try ledger.log == ["w 1", "w 2"], "a failed step leaves no trace, and pauses the jobs")
        }
        try await withLedger(in: folder, clock: clock) { ledger in
            while try ledger.count("work") > 0 { try await ledger.runOnce() }
            #expect(try ledger.log == ["w 1", "w 2", "w 3", "w 4", "w 5"])
        }
    }

    @Test func `jobs take turns`() async throws {
        try await withLedger { ledger in
            try await ledger.writer.perform { transaction in
                for key in 1...6 { try transaction.start(.init(kind: "k", key: "w\(key)")) }
            }
            while try ledger.count("work") > 0 { try await ledger.runOnce() }
            let log = try ledger.log
            #expect(log.count == 30)
            #expect(log.firstIndex(of: "w6 1") ?? 99 < log.firstIndex(of: "w1 3") ?? 0, "no job is overtaken twice")
        }
    }

    @Test(arguments: [(LedgerTransaction.stepRows, [1, 2, 3, 4]), (LedgerTransaction.stepRows / 2, [2, 4]), (0, [4])])
    func `a transaction has room for one long step, or for several short ones`(rows: Int, steps: [Int]) async throws {
        let handler = ScriptedHandler()
        handler.change { ($0.jobSteps, $0.stepRows) = (1, rows) }
        let counts = Mutex<[Int]>([])
        let hit: @Sendable (CrashPoint) -> Void = { point in
            if point == .decided { counts.withLock { $0.append(handler.steps) } }
        }
        try await withLedger(in: TemporaryFolder("ledger"), handler: handler, hit: hit) { ledger in
            try await ledger.writer.perform { transaction in
                for key in 1...4 { try transaction.start(.init(kind: "k", key: "w\(key)")) }
            }
            while try ledger.count("work") > 0 { try await ledger.runOnce() }
        }
        #expect(counts.withLock { Array(Set($0)).sorted().filter { $0 > 0 } } == steps)
    }

    @Test func `a step waits until most messages of the one before have left, but not for ever`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { ($0.jobSteps, $0.stepRows, $0.stepMessages) = (3, 1, 600) }
            try await ledger.writer.perform { try $0.beginStream(to: ScriptedHandler.consumer) }
            _ = try await ledger.openRelay()
            try await ledger.writer.perform { try $0.start(.init(kind: "k", key: "w")) }
            ledger.writer.submit(.confirmed([1: StreamCursor(epoch: 77, confirmed: 499)]))
            try await ledger.runOnce()
            #expect(try ledger.log == ["w 1"])
            ledger.writer.submit(.confirmed([1: StreamCursor(epoch: 77, confirmed: 500)]))
            try await ledger.runOnce()
            #expect(try ledger.log == ["w 1", "w 2"])
            try await ledger.advance(.milliseconds(999))
            #expect(try ledger.log == ["w 1", "w 2"])
            try await ledger.advance(.milliseconds(1))
            #expect(try ledger.log == ["w 1", "w 2", "w 3"])
        }
    }

    @Test func `no step waits for a consumer that has not answered`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { ($0.jobSteps, $0.stepRows, $0.stepMessages) = (3, 1, 600) }
            try await ledger.writer.perform { try $0.start(.init(kind: "k", key: "w")) }
            for _ in 1...3 { try await ledger.runOnce() }
            #expect(try ledger.log == ["w 1", "w 2", "w 3"])
        }
    }

    @Test func `inputs do not wait for a job to finish`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.jobSteps = .max }
            try await ledger.writer.perform { try $0.start(.init(kind: "k", key: "w")) }
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            try await ledger.runOnce()
            #expect(ledger.acks.settled == [1])
            #expect(try ledger.count("work") == 1)
        }
    }

    @Test func `a job can be found by its key and cancelled`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["w 1"] }
            try await ledger.writer.perform { try $0.start(.init(kind: "k", key: "w", detail: "d")) }
            let found = try await ledger.writer.perform { try $0.jobs(kind: "k", key: "w").map(\.detail) }
            #expect(found == ["d"])
            try await ledger.writer.perform { try $0.cancelJobs(kind: "k", key: "w") }
            #expect(try ledger.count("work") == 0)
        }
    }
}
