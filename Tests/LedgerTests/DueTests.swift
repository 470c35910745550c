import Contracts
import Ledger
import Testing

/// Timers and long work: what the writer does without being asked.
@Suite struct DueTests {
    @Test func `timers fire once, in order, and not before they are due`() async throws {
        try await withRoom(in: Folder()) { room in
            let now = room.clock.now
            try await room.writer.perform { transaction in
                for (key, seconds) in [("c", 30), ("a", 10), ("b", 20), ("moved", 5), ("gone", 5)] {
                    try transaction.schedule(.init(kind: "t", key: key, due: now.advanced(by: .seconds(seconds))))
                }
                try transaction.schedule(.init(kind: "t", key: "moved", due: now.advanced(by: .seconds(25))))
                try transaction.cancelTimer(kind: "t", key: "gone")
            }
            try await room.advance(.milliseconds(9999))
            #expect(try room.log.isEmpty)
            try await room.advance(.milliseconds(1))
            #expect(try room.log == ["t a"])
            try await room.advance(.seconds(60))
            try await room.turn()
            #expect(try room.log == ["t a", "t b", "t moved", "t c"])
        }
    }

    @Test func `a timer that fails is tried again, and keeps no other waiting`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["t a"] }
            let now = room.clock.now
            try await room.writer.perform { transaction in
                for key in ["a", "b"] { try transaction.schedule(.init(kind: "t", key: key, due: now)) }
            }
            try await room.turn()
            #expect(try room.log == ["t b"])
            room.handler.change { $0.failing = [] }
            try await room.advance(.seconds(30))
            #expect(try room.log == ["t b", "t a"])
        }
    }

    @Test func `a timer outlives a restart`() async throws {
        let folder = Folder()
        let clock = TestClock()
        try await withRoom(in: folder, clock: clock) { room in
            let due = clock.now.advanced(by: .seconds(10))
            try await room.writer.perform { try $0.schedule(.init(kind: "t", key: "a", due: due)) }
        }
        clock.advance(.seconds(11))
        try await withRoom(in: folder, clock: clock) { room in
            try await room.turn()
            try await room.turn()
            #expect(try room.log == ["t a"])
        }
    }

    @Test func `long work goes on where a restart left it`() async throws {
        let folder = Folder()
        let clock = TestClock()
        try await withRoom(in: folder, clock: clock) { room in
            room.handler.change { $0.failing = ["w 3"] }
            try await room.writer.perform { try $0.start(.init(kind: "k", key: "w", detail: "d")) }
            while try room.log.count < 2 { try await room.turn() }
            try await room.turn()
            #expect(try room.log == ["w 1", "w 2"], "a step that fails leaves no trace, and rests")
        }
        try await withRoom(in: folder, clock: clock) { room in
            while try room.count("work") > 0 { try await room.turn() }
            #expect(try room.log == ["w 1", "w 2", "w 3", "w 4", "w 5"])
        }
    }

    @Test func `works take turns`() async throws {
        try await withRoom(in: Folder()) { room in
            try await room.writer.perform { transaction in
                for key in 1...6 { try transaction.start(.init(kind: "k", key: "w\(key)")) }
            }
            while try room.count("work") > 0 { try await room.turn() }
            let log = try room.log
            #expect(log.count == 30)
            #expect(log.firstIndex(of: "w6 1") ?? 99 < log.firstIndex(of: "w1 3") ?? 0, "nobody is overtaken twice")
        }
    }

    @Test func `nobody waits for the end of long work`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.workSteps = .max }
            try await room.writer.perform { try $0.start(.init(kind: "k", key: "w")) }
            room.writer.submit(try .streamed(1, "a", room.book))
            try await room.turn()
            #expect(room.book.settled == [1])
            #expect(try room.count("work") == 1)
        }
    }

    @Test func `work can be found by its key and stopped`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["w 1"] }
            try await room.writer.perform { try $0.start(.init(kind: "k", key: "w", detail: "d")) }
            let found = try await room.writer.perform { try $0.work(kind: "k", key: "w").map(\.detail) }
            #expect(found == ["d"])
            try await room.writer.perform { try $0.stopWork(kind: "k", key: "w") }
            #expect(try room.count("work") == 0)
        }
    }
}
