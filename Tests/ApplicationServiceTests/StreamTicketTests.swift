import Contracts
import Ledger
import TestSupport
import Testing
import Web

@testable import ApplicationService

@Suite struct StreamTicketTests {
    @Test func `a ticket is read as it was written, and no two are the same`() throws {
        let ticket = StreamTicket(in: Partition(number: 12))
        let read = try #require(StreamTicket(parsing: ticket.text))
        #expect(read == ticket && read.digest == ticket.digest && read.partition.number == 12)
        #expect(StreamTicket(in: Partition(number: 12)).digest != ticket.digest)
    }

    @Test(arguments: ["", "p00", "p00-", "p00-short", "x00-\(String(repeating: "a", count: 43))"])
    func `other texts are no tickets`(_ text: String) {
        #expect(StreamTicket(parsing: text) == nil)
    }

    @Test(
        arguments: [Caller(role: .service, id: nil)]
            + Caller.Role.allCases.map { Caller(role: $0, id: .trusted("a:b 1")) })
    func `a ticket is its caller's, once, for 60 seconds`(_ caller: Caller) async throws {
        #expect(Caller(name: caller.name.string) == caller)
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let tickets = (1...3).map { _ in StreamTicket(in: Partition(number: 0)).digest }
            try await fixture.write { transaction in
                for ticket in tickets {
                    try StreamTicketStore(transaction).insert(
                        ticket, of: caller.name, expiresAt: transaction.now.advanced(by: StreamTicket.lifetime))
                }
            }
            func redeem(_ index: Int) async throws -> String? {
                try await fixture.write { try StreamTicketStore($0).redeem(tickets[index]) }
            }
            func seen(_ index: Int) throws -> String? {
                try fixture.file.pointRead {
                    try StreamTicketStore($0).caller(of: tickets[index], now: fixture.clock.now)
                }
            }
            #expect(try seen(0) == caller.name.string)
            #expect(try await redeem(0) == caller.name.string)
            #expect(try seen(0) == nil)
            #expect(try await redeem(0) == nil)
            fixture.clock.advance(.milliseconds(59_999))
            #expect(try await redeem(1) == caller.name.string)
            fixture.clock.advance(.milliseconds(1))
            #expect(try seen(2) == nil)
            #expect(try await redeem(2) == nil)
        }
    }

    @Test func `expired tickets are deleted`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            func issue() async throws {
                try await fixture.write { transaction in
                    try StreamTicketStore(transaction).insert(
                        StreamTicket(in: Partition(number: 0)).digest, of: "fund:1",
                        expiresAt: transaction.now.advanced(by: StreamTicket.lifetime))
                }
            }
            func count() throws -> Int {
                try fixture.file.pointRead { try $0.row("SELECT count(*) FROM stream_ticket") { $0.int(0) } ?? 0 }
            }
            for _ in 1...25 { try await issue() }
            #expect(try count() == 25)
            fixture.clock.advance(StreamTicket.lifetime)
            try await issue()
            #expect(try count() == 16)
            #expect(try await fixture.write { try StreamTicketStore($0).deleteExpired(limit: 500) } == 15)
            #expect(try count() == 1)
        }
    }
}
