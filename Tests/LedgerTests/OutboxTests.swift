import Contracts
import Foundation
import GRDB
import Ledger
import Logging
import TestSupport
import Testing

@Suite struct OutboxTests {
    private func relay(_ room: Room) throws -> OutboxRelay {
        try OutboxRelay(file: room.file, environment: room.environment, logger: Logger(label: "test"))
    }

    @Test func `numbers and rows go on across restarts, and a republication bears the same id`() async throws {
        let folder = Folder()
        try await withRoom(in: folder) { room in
            room.writer.submit(try [.streamed(1, "a", room.book), .streamed(2, "b", room.book)])
            try await room.turn()
            let relay = try relay(room)
            let parcels = relay.next(max: 9)
            #expect(parcels.map(\.seq) == [1, 2])
            #expect(parcels.map(\.messageID) == [1, 2].map { "application.p00>waitlist.p00/77/\($0)" })
            #expect(parcels.first?.routingKey == "volunteer_response.waitlist.p00")
            #expect(parcels.first?.exchange == Exchange.waiting)
            #expect(parcels.first?.createdAt == room.clock.now)
            let cursors = relay.settled([(parcels[0].publishID, true)])
            room.writer.submit(.confirmed(cursors))
            try await room.turn()
        }
        try await withRoom(in: folder) { room in
            room.writer.submit(try .streamed(3, "c", room.book))
            try await room.turn()
            let relay = try relay(room)
            #expect(relay.depth == 2)
            #expect(relay.next(max: 9).map(\.messageID) == [2, 3].map { "application.p00>waitlist.p00/77/\($0)" })
            let stream = StreamName(producer: Room.address, consumer: ScriptedHandler.consumer)
            #expect(relay.heads == [StreamHead(stream: stream, epoch: 77, head: 1)], "what the broker has confirmed")
        }
    }

    @Test func `the relay reads in order and no more than it is asked for`() async throws {
        try await withRoom(in: Folder()) { room in
            let relay = try relay(room)
            #expect(relay.next(max: 9).isEmpty)
            room.writer.submit(try (1...10).map { try .streamed($0, "v\($0)", room.book) })
            try await room.turn()
            relay.advanced(room.recorder.events.advanced)
            #expect(relay.next(max: 4).map(\.seq) == [1, 2, 3, 4])
            #expect(relay.next(max: 4).map(\.seq) == [5, 6, 7, 8])
            let last = relay.next(max: 4)
            #expect(last.map(\.seq) == [9, 10])
            #expect(relay.next(max: 4).isEmpty)
            #expect(relay.settled([(last[0].publishID, false)]).isEmpty)
            #expect(relay.next(max: 99).isEmpty, "the stream rests after a nack")
            room.clock.advance(.milliseconds(100))
            #expect(relay.next(max: 99).map(\.seq) == Array(1...10))
            relay.connected()
            #expect(relay.next(max: 99).map(\.seq) == Array(1...10), "a new channel begins at the first unconfirmed")
        }
    }

    @Test func `a resend goes back to what is asked for, and says so when it is gone`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", room.book) })
            try await room.turn()
            let relay = try relay(room)
            let stream = StreamName(producer: Room.address, consumer: ScriptedHandler.consumer)
            let parcels = relay.next(max: 9)
            _ = relay.settled(parcels.map { ($0.publishID, true) })
            #expect(relay.next(max: 9).isEmpty)
            #expect(relay.resend(Resend(stream: stream, epoch: 77, from: 2)))
            #expect(relay.next(max: 9).map(\.seq) == [2, 3])
            #expect(relay.resend(Resend(stream: stream, epoch: 76, from: 1)), "an older epoch: the head tells it ours")
            #expect(relay.resend(Resend(stream: stream, epoch: 77, from: 9)) == false)
        }
    }

    @Test func `what is applied and older than the retention is deleted, and nothing else`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", room.book) })
            try await room.turn()
            let stream = StreamName(producer: Room.address, consumer: ScriptedHandler.consumer)
            let relay = try relay(room)
            room.writer.submit(.confirmed(relay.settled(relay.next(max: 9).map { ($0.publishID, true) })))
            let applied = StreamApplied(stream: stream, epoch: 77, last: 2)
            room.writer.submit(.streamApplied(applied, AckToken(book: room.book, tag: 9)))
            try await room.advance(.seconds(3600))
            #expect(try room.count("outbox") == 3, "not yet old enough")
            try await room.advance(.seconds(61))
            #expect(try room.count("outbox") == 1, "3 is not applied")
            #expect(relay.resend(Resend(stream: stream, epoch: 77, from: 1)) == false)
            #expect(relay.resend(Resend(stream: stream, epoch: 77, from: 3)))
        }
    }

    @Test func `what goes out to the world has a lane of its own, and goes once the broker has it`() async throws {
        let folder = Folder()
        try await withRoom(in: folder) { room in
            try await room.writer.perform { transaction in
                for number in 1...3 {
                    let notification = UserNotification(
                        userID: .trusted("u"), message: "\(number)", timestamp: .instant(transaction.now))
                    transaction.publish(
                        .notification(notification), exchange: Exchange.notifications, routingKey: "u")
                }
            }
            let relay = try relay(room)
            let parcels = relay.next(max: 2)
            #expect(parcels.map(\.messageID) == [1, 2].map { "application.p00>notifications/77/\($0)" })
            #expect(parcels.map(\.routingKey) == ["u", "u"])
            #expect(parcels.allSatisfy { $0.exchange == Exchange.notifications && !$0.isStreamed })
            #expect(relay.heads.isEmpty, "nobody out there counts")
            room.writer.submit(.confirmed(relay.settled(parcels.map { ($0.publishID, true) })))
            try await room.turn()
        }
        try await withRoom(in: folder) { room in
            let relay = try relay(room)
            #expect(relay.next(max: 9).map(\.messageID) == ["application.p00>notifications/77/3"])
            try await room.advance(.seconds(61))
            #expect(try room.count("outbox") == 1, "nobody asks for the first two again")
        }
    }

    @Test func `a consumer that has applied more than was ever sent shows that the file is an older copy`() async throws
    {
        let folder = Folder()
        try await withRoom(in: folder) { room in
            room.writer.submit(try .streamed(1, "a", room.book))
            let stream = StreamName(producer: Room.address, consumer: ScriptedHandler.consumer)
            for (epoch, last) in [(Int64(77), Int64(1)), (76, 9), (77, 2)] {
                let applied = StreamApplied(stream: stream, epoch: epoch, last: last)
                room.writer.submit(.streamApplied(applied, AckToken(book: room.book, tag: 9)))
            }
            try await room.turn()
            #expect(room.recorder.events.restored == 1)
        }
        let again = try Room.open(folder)
        defer { again.close() }
        #expect(again.epoch == 78 && again.wasRestored, "started again, it goes on in a new epoch")
    }

    @Test func `an older copy put in the file's place goes on in a new epoch, and sends what was not sent`()
        async throws
    {
        let folder = Folder()
        try await withRoom(in: folder) { room in
            room.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", room.book) })
            try await room.turn()
            let relay = try relay(room)
            room.writer.submit(.confirmed(relay.settled([(relay.next(max: 1)[0].publishID, true)])))
            try await room.turn()
        }
        let backup = Folder()
        try FileManager.default.copyItem(atPath: folder.path, toPath: backup.path)
        try await withRoom(in: folder) { room in
            #expect(room.file.epoch == 77 && !room.file.wasRestored)
            room.writer.submit(try .streamed(4, "v4", room.book))
            try await room.turn()
        }
        // The file and what SQLite keeps beside it, but for the lock, which is not part of a backup.
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !name.hasSuffix(".lock") {
            try FileManager.default.removeItem(atPath: folder.path + "/" + name)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: backup.path) where !name.hasSuffix(".lock") {
            try FileManager.default.copyItem(
                atPath: backup.path + "/" + name, toPath: folder.path + "/" + name)
        }
        try await withRoom(in: folder) { room in
            #expect(room.file.epoch == 78 && room.file.wasRestored)
            room.writer.submit(try .streamed(4, "again", room.book))
            try await room.turn()
            let parcels = try relay(room).next(max: 9)
            #expect(parcels.map(\.messageID) == [1, 2, 3].map { "application.p00>waitlist.p00/78/\($0)" })
        }
        let again = try Room.open(folder)
        defer { again.close() }
        #expect(again.epoch == 78 && !again.wasRestored, "once")
    }

    @Test func `counters are durable`() async throws {
        let folder = Folder()
        for round in 1...2 as ClosedRange<Int64> {
            try await withRoom(in: folder) { room in
                room.writer.submit(try .streamed(round, "v\(round)", room.book))
                try await room.turn()
                #expect(try room.file.counters() == ["accepted": round, "applied": round])
            }
        }
    }

    @Test func `a message keeps the trace it was caused in`() async throws {
        try await withRoom(in: Folder()) { room in
            guard case .message(let inbound, let ackToken) = try LedgerInput.foreign("a", room.book) else { return }
            for trace in [nil, "garbage", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
                var delivery = inbound.delivery
                delivery.traceparent = trace
                room.writer.submit(.message(try .foreign(delivery, keyedFor: .application), ackToken))
            }
            try await room.turn()
            let begun = "00-000000000000000a000000000000000b-000000000000000a-01"
            #expect(
                try relay(room).next(max: 9).map(\.traceparent)
                    == [begun, begun, "00-0af7651916cd43dd8448eb211c80319c-000000000000000a-01"])
        }
    }

    @Test func `a full disk: nothing is acked, counted or parked, and all succeeds when there is room`() async throws {
        try await withRoom(in: Folder()) { room in
            room.writer.submit(try .streamed(1, "a", room.book))
            try await room.turn()
            try await room.file.pool.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            let raw = StoredDelivery(
                queue: "q", exchange: "x", routingKey: "k", body: Array(repeating: 65, count: 1 << 20))
            room.writer.submit(.unreadable(raw, reason: "too large", AckToken(book: room.book, tag: 2)))
            room.writer.submit(try .streamed(2, "b", room.book))
            try await eventually("the partition pauses") { room.recorder.events.writable == [false] }
            await #expect(throws: LedgerError.self, "callers are answered at once") { try await room.turn() }
            #expect(room.book.settled == [1])
            #expect(try room.file.counters() == ["accepted": 1, "applied": 1])
            try await room.file.pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA max_page_count = 1000000")
            }
            try await eventually("the rest is settled") { room.book.settled == [1, 2, 2] }
            #expect(room.recorder.events.writable == [false, true])
            #expect(try room.log == ["a", "b"])
            #expect(try room.count("parked") == 1 && room.count("held") == 0)
        }
    }
}
