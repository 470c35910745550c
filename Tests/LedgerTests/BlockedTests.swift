import Contracts
import Ledger
import Logging
import Testing

/// Contract section 7: what a failing handler blocks, and what it does not.
@Suite struct BlockedTests {
    @Test func `a handler that fails is alone with it: neighbours commit, nothing of it goes out, the stream moves on`()
        async throws
    {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["b"] }
            room.writer.submit([
                try .streamed(1, "a", of: "1", room.book), try .streamed(2, "b", of: "2", room.book),
                try .streamed(3, "c", of: "3", room.book),
            ])
            try await room.turn()
            #expect(try room.log == ["a", "c"])
            #expect(room.book.settled == [1, 2, 3])
            let relay = try OutboxRelay(file: room.file, environment: room.environment, logger: .init(label: "test"))
            #expect(relay.next(max: 9).map(\.seq) == [1, 2], "the numbers that go out have no hole")
            #expect(try room.file.held(after: 0, limit: 9).map(\.reason) == ["b fails"])
            guard case .into(let last, _)? = try room.file.streams().last?.direction else { return }
            #expect(last == 3)
        }
    }

    @Test func `later ones of its key wait in order, other keys go on, and all come out in order`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["b"] }
            for (seq, name, key) in [(1, "b", "2"), (2, "c", "2"), (3, "d", "3"), (4, "e", "2")]
                as [(Int64, String, String)]
            {
                room.writer.submit(try .streamed(seq, name, of: key, room.book))
                try await room.turn()
            }
            #expect(try room.log == ["d"])
            #expect(
                try room.file.held(after: 0, limit: 9).map(\.due) == [
                    room.clock.now.advanced(by: .seconds(1)), nil, nil,
                ])
            try await room.advance(.milliseconds(999))
            room.handler.change { $0.failing = [] }
            try await room.turn()
            #expect(try room.log == ["d"], "not before it is due")
            try await room.advance(.milliseconds(1))
            room.writer.submit(try .streamed(5, "f", of: "2", room.book))
            try await room.turn()
            #expect(try room.log == ["d", "b", "c", "e", "f"])
            #expect(try room.count("held") == 0)
        }
    }

    @Test func `a streamed message is tried again with back-off up to 5 min, and never skipped`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["b"] }
            room.writer.submit(try .streamed(1, "b", room.book))
            try await room.turn()
            var pauses: [Int64] = []
            for _ in 0..<12 {
                guard let due = try room.file.held(after: 0, limit: 1).first?.due else { break }
                pauses.append((due.milliseconds - room.clock.now.milliseconds) / 1000)
                try await room.advance(due - room.clock.now)
            }
            #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
            #expect(try room.count("parked") == 0)
        }
    }

    @Test func `what is blocked is blocked after a restart too, and comes out in order then`() async throws {
        let folder = Folder()
        let clock = TestClock()
        try await withRoom(in: folder, clock: clock) { room in
            room.handler.change { $0.failing = ["b"] }
            room.writer.submit(try [.streamed(1, "b", room.book), .streamed(2, "c", room.book)])
            try await room.turn()
        }
        try await withRoom(in: folder, clock: clock) { room in
            room.writer.submit(try .streamed(3, "d", room.book))
            try await room.turn()
            #expect(try room.log.isEmpty)
            try await room.advance(.seconds(1))
            #expect(try room.log == ["b", "c", "d"])
        }
    }

    @Test func `a discarded one is told to the handler, and those behind it go on`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["b"] }
            room.writer.submit(try [.streamed(1, "b", room.book), .streamed(2, "c", room.book)])
            try await room.turn()
            let held = try room.file.held(after: 0, limit: 9).map(\.id)
            let handler = room.handler
            #expect(try await room.writer.perform { try $0.retryHeld(held[1]) } != .done, "it waits behind another")
            #expect(try await room.writer.perform { try $0.discardHeld(999, handler: handler) } == .unknown)
            #expect(try await room.writer.perform { try $0.discardHeld(held[0], handler: handler) } == .done)
            try await room.turn()
            #expect(try room.log == ["discarded b", "c"])
            #expect(try room.file.counters()["discarded"] == 1)
        }
    }

    @Test func `an operator's retry does not wait for the back-off`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["b"] }
            room.writer.submit(try .streamed(1, "b", room.book))
            try await room.turn()
            room.handler.change { $0.failing = [] }
            let id = try room.file.held(after: 0, limit: 1).first?.id ?? 0
            #expect(try await room.writer.perform { try $0.retryHeld(id) } == .done)
            try await room.turn()
            #expect(try room.log == ["b"])
        }
    }

    @Test func `a foreign message blocks no other, and is parked after MAX_ATTEMPTS`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.failing = ["a"] }
            room.writer.submit(try [.foreign("a", id: "m1", tag: 1, room.book), .foreign("b", tag: 2, room.book)])
            try await room.turn()
            #expect(try room.log == ["b"], "of the same application")
            #expect(room.book.settled == [1, 2])
            try await room.advance(.seconds(1))
            #expect(try room.file.held(after: 0, limit: 9).map(\.attempts) == [2])
            try await room.advance(.seconds(2))
            #expect(try room.count("held") == 0)
            #expect(try room.file.parked(after: 0, limit: 9).map(\.reason) == ["failed 3 times: a fails"])

            room.handler.change { $0.failing = [] }
            let id = try room.file.parked(after: 0, limit: 1).first?.id ?? 0
            #expect(try await room.writer.perform { try $0.retryParked(id, partitions: 1) } == .done)
            try await room.turn()
            #expect(try room.log == ["b", "a"])
            #expect(try room.count("parked") == 0)
        }
    }

    @Test func `a streamed message that cannot be read waits on its own, and its stream moves on`() async throws {
        try await withRoom(in: Folder()) { room in
            var raw = StoredDelivery(queue: "application.p00", exchange: "", routingKey: "", body: [1])
            raw.position = StreamPosition(stream: Room.producer, epoch: 1, seq: 1)
            room.writer.submit(.unreadable(raw, reason: "not JSON", AckToken(book: room.book, tag: 1)))
            room.writer.submit(try .streamed(2, "b", room.book))
            try await room.turn()
            #expect(try room.log == ["b"])
            #expect(try room.count("held") == 1 && room.count("parked") == 0)
        }
    }
}
