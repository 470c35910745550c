import Contracts
import Foundation
import GRDB
import Ledger
import Synchronization
import Testing

@Suite struct WriterTests {
    @Test func `what has come is committed together, and settled only then`() async throws {
        let committed = Mutex<[Int]>([])
        let folder = Folder()
        let book = Book()
        let limit = LedgerWriter.batchLimit
        let count = limit + 44
        let reach: @Sendable (CrashPoint) -> Void = { point in
            if point == .committed { committed.withLock { $0.append(book.settled.count) } }
            guard point == .decided else { return }
            let settled = book.settled.count
            #expect(settled % limit == 0 || settled == count, "nothing is settled inside the transaction")
        }
        try await withRoom(
            in: folder, reach: reach,
            beforeRunning: { room in
                room.writer.submit(try (1...count).map { try .streamed(Int64($0), "v\($0)", of: "\($0)", book) })
            },
            { room in
                try await room.turn()
                #expect(room.recorder.events.batches.prefix(2).reduce(0, +) >= count)
                #expect(room.recorder.events.batches.first == limit)
                #expect(book.settled == (1...UInt64(count)).map { $0 })
                #expect(committed.withLock { $0 } == [0, limit], "the file holds them before anybody hears")
                #expect(try room.log.count == count)
                #expect(room.recorder.events.advanced.last?.head == Int64(count))
            })
    }

    @Test func `a delivery of a lost channel is not decided: it comes again`() async throws {
        try await withRoom(in: Folder()) { room in
            let lost = Book()
            lost.lose()
            room.writer.submit(try .streamed(1, "a", lost))
            room.writer.submit(try .streamed(1, "a", room.book))
            try await room.turn()
            #expect(lost.settled.isEmpty)
            #expect(room.book.settled == [1])
            #expect(try room.log == ["a"])
        }
    }

    @Test func `duplicates are dropped, gaps are dropped and counted, a higher epoch begins anew; all are settled`()
        async throws
    {
        try await withRoom(in: Folder()) { room in
            let messages: [(Int64, Int64, String)] = [
                (1, 1, "a"), (1, 1, "a"), (1, 3, "c"), (1, 2, "b"), (2, 2, "e"), (2, 1, "d"), (1, 3, "c"), (2, 2, "e"),
            ]
            room.writer.submit(try messages.map { try .streamed($0.1, epoch: $0.0, $0.2, room.book) })
            try await room.turn()
            #expect(try room.log == ["a", "b", "d", "e"])
            #expect(room.book.settled.count == messages.count)
            #expect(room.recorder.events.counted == [.applied: 4, .deduplicated: 2, .gaps: 2])
            let counters = try room.file.counters()
            #expect(counters["accepted"] == 6, "a gap's message is not taken: it comes again")
        }
    }

    @Test func `a gap is asked for after 5 s, once at a time`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try .streamed(2, "b", room.book))
            try await room.turn()
            try await room.advance(.milliseconds(4999))
            #expect(room.recorder.events.controls.isEmpty)
            try await room.advance(.milliseconds(1))
            let resend = ControlMessage(
                message: .resend(Resend(stream: Room.producer, epoch: 1, from: 1)), recipient: Room.producer.producer)
            #expect(room.recorder.events.controls == [resend])
            try await room.advance(.milliseconds(9999))
            #expect(room.recorder.events.controls == [resend])
            try await room.advance(.milliseconds(1))
            #expect(room.recorder.events.controls == [resend, resend])
            room.writer.submit(try [.streamed(1, "a", room.book), .streamed(2, "b", room.book)])
            try await room.advance(.seconds(1000))
            #expect(room.recorder.events.controls.count == 2)
            #expect(try room.log == ["a", "b"])
        }
    }

    @Test func `a stream_head is answered with what is applied, and reveals a lost last message`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try .streamed(1, "a", room.book))
            room.writer.submit(
                .streamHead(StreamHead(stream: Room.producer, epoch: 1, head: 2), AckToken(book: room.book, tag: 9)))
            try await room.turn()
            let applied = StreamApplied(stream: Room.producer, epoch: 1, last: 1)
            #expect(
                room.recorder.events.controls == [
                    .init(message: .streamApplied(applied), recipient: Room.producer.producer)
                ])
            #expect(room.book.settled == [1, 9])
            try await room.advance(.seconds(5))
            #expect(room.recorder.events.controls.last?.message.action == .resend)
        }
    }

    @Test func `a foreign message is known again by its id and body, for 7 days`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try .foreign("a", id: "m1", tag: 1, room.book))
            room.writer.submit(try .foreign("a", id: "m1", tag: 2, room.book))
            room.writer.submit(try .foreign("b", id: "m1", tag: 3, room.book))
            room.writer.submit(try .foreign("a", id: "m2", tag: 4, room.book))
            room.writer.submit(try .foreign("a", tag: 5, room.book))
            room.writer.submit(try .foreign("a", tag: 6, room.book))
            try await room.turn()
            #expect(try room.log == ["a", "b", "a", "a", "a"])
            #expect(room.book.settled == [1, 2, 3, 4, 5, 6])
            try await room.advance(.seconds(7 * 86_400))
            room.writer.submit(try .foreign("a", id: "m1", tag: 7, room.book))
            try await room.turn()
            #expect(try room.log.count == 5)
            try await room.advance(.seconds(61))
            room.writer.submit(try .foreign("a", id: "m1", tag: 8, room.book))
            try await room.turn()
            #expect(try room.log.count == 6, "after that it counts as new")
        }
    }

    @Test func `a refused command is on record with its reason, and is no error`() async throws {
        try await withRoom(in: Folder()) { room in
            room.handler.change { $0.refused = ["a"] }
            room.writer.submit(try .foreign("a", of: "12", id: "m1", room.book))
            try await room.turn()
            let refused = try room.file.refused(after: 0, limit: 9)
            #expect(refused.map(\.reason) == ["the script says so"])
            #expect(refused.map(\.application) == ["12"] && refused.map(\.volunteer) == ["a"])
            #expect(try room.file.counters()["refused"] == 1)
            #expect(room.book.settled == [1])
        }
    }

    @Test func `what nobody can read is parked in the transaction that settles it`() async throws {
        try await withRoom(in: Folder()) { room in
            let raw = StoredDelivery(
                queue: "application.ingress", exchange: "x", routingKey: "k", messageID: "m", body: [0, 255])
            room.writer.submit(.unreadable(raw, reason: "not JSON", AckToken(book: room.book, tag: 4)))
            try await room.turn()
            let parked = try room.file.parked(after: 0, limit: 9)
            #expect(parked.map(\.reason) == ["not JSON"])
            let id = try #require(parked.first?.id)
            #expect(try room.file.parked(id)?.delivery == raw)
            #expect(room.book.settled == [4])
        }
    }

    @Test func `what nobody can read is parked once, however often it comes; without a message_id each time`()
        async throws
    {
        try await withRoom(in: Folder()) { room in
            func submit(_ id: String?, _ body: [UInt8], _ tag: UInt64) {
                let raw = StoredDelivery(
                    queue: "application.ingress", exchange: "x", routingKey: "k", messageID: id, body: body)
                room.writer.submit(.unreadable(raw, reason: "not JSON", AckToken(book: room.book, tag: tag)))
            }
            submit("m", [0], 1)
            submit("m", [0], 2)
            submit("m", [1], 3)
            submit(nil, [0], 4)
            submit(nil, [0], 5)
            try await room.turn()
            #expect(try room.file.parked(after: 0, limit: 9).count == 4)
            let counters = try room.file.counters()
            #expect(counters["accepted"] == 5 && counters["parked"] == 4 && counters["deduplicated"] == 1)
            #expect(room.book.settled == [1, 2, 3, 4, 5])
        }
    }

    @Test func `a message for another process goes on through the outbox, once`() async throws {
        try await withRoom(in: Folder()) { room in
            let owner = Address(service: .application, partition: Partition(number: 1))
            for tag in [UInt64(1), 2] {
                guard
                    case .message(let inbound, let ackToken) = try LedgerInput.foreign(
                        "a", id: "m", tag: tag, room.book)
                else { return }
                room.writer.submit(.forward(inbound, to: owner, ackToken))
            }
            try await room.turn()
            let streams = try room.file.streams().map(\.name)
            #expect(streams == ["application.p00>application.p01"])
            #expect(try room.count("outbox") == 1)
            #expect(room.book.settled == [1, 2])
            #expect(try room.file.counters()["forwarded"] == 1)
        }
    }

    @Test func `a call's error is the caller's alone, and leaves no trace`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try .streamed(1, "a", room.book))
            await #expect(throws: ScriptedHandler.Failure.self) {
                try await room.writer.perform { transaction in
                    try transaction.db.execute(sql: "INSERT INTO log (line) VALUES ('lost')")
                    throw ScriptedHandler.Failure(description: "no")
                }
            }
            #expect(try room.log == ["a"])
            #expect(room.book.settled == [1])
        }
    }

    @Test func `what is to follow a commit follows it once, and does not follow what failed`() async throws {
        try await withRoom(in: Folder()) { room in
            let said = Mutex<[String]>([])
            try await room.writer.perform { transaction in
                transaction.afterCommit { said.withLock { $0.append("done") } }
            }
            await #expect(throws: ScriptedHandler.Failure.self) {
                try await room.writer.perform { transaction in
                    transaction.afterCommit { said.withLock { $0.append("failed") } }
                    throw ScriptedHandler.Failure(description: "no")
                }
            }
            try await room.turn()
            #expect(said.withLock { $0 } == ["done"])
        }
    }

    @Test func `after the stop nothing is taken, and what was in hand is committed`() async throws {
        let folder = Folder()
        try await withRoom(in: folder) { room in
            room.writer.submit(try .streamed(1, "a", room.book))
            room.writer.stop()
            await #expect(throws: LedgerError.self) { try await room.writer.perform { _ in } }
        }
        let file = try Room.open(folder)
        defer { file.close() }
        #expect(try file.counters()["applied"] == 1)
    }
}
