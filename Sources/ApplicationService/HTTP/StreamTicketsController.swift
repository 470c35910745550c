import Contracts
import Hummingbird
import Ledger
import ServiceKit
import Web

/// Issues and redeems stream tickets, in the partition of the caller (contract section 8).
struct StreamTicketsController: Sendable {
    let partitions: LocalPartitions
    /// To the other processes of ApplicationService.
    let owners: RequestForwarder

    /// The path of a ``ForwardedRequest`` that redeems a ticket; the body is the ticket's digest. It is no route.
    static let redemptionPath = "/v1/stream-tickets/redemption"

    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        let partition = Partition.of(key: caller.name.string, count: partitions.count)
        let service = try partitions.requireService(of: partition)
        let ticket = StreamTicket(in: partition)
        let digest = ticket.digest
        let expiresAt = try await service.writer.perform { transaction in
            let expiresAt = transaction.now.advanced(by: StreamTicket.lifetime)
            try StreamTicketStore(transaction).insert(digest, of: caller.name, expiresAt: expiresAt)
            return expiresAt
        }
        let json = ObjectWriter<JSONKey>.object { json in
            json.field(.ticket, ticket.text)
            json.field(.expiresAt, expiresAt.description)
        }
        return .json(json, status: .created, headers: [.cacheControl: "no-store"])
    }

    /// Uses a ticket up.
    /// - Throws: `unauthorized` if it is unknown, used or expired; `unavailable`.
    func redeem(_ text: String) async throws -> Caller {
        guard let ticket = StreamTicket(parsing: text), ticket.partition.number < partitions.count else {
            throw Problem.invalidTicket
        }
        if partitions.isElsewhere(ticket.partition) { return try await owners.redeem(ticket) }
        let service = try partitions.requireService(of: ticket.partition)
        return try await Self.redeem(ticket.digest, service.file, service.writer)
    }

    /// Redeems a ticket that another process was shown.
    func answer(_ forwarded: ForwardedRequest, from partition: RequestedPartition) async throws -> ForwardedResponse {
        guard let digest = Hexadecimal.bytes(forwarded.body ?? "") else { throw Problem.invalidTicket }
        let caller = try await Self.redeem(digest, partition.file, partition.writer)
        return ForwardedResponse(status: 200, body: caller.name.string)
    }

    /// Reads first, so that a request without a valid ticket causes no commit.
    private static func redeem(_ digest: [UInt8], _ file: LedgerFile, _ writer: LedgerWriter) async throws -> Caller {
        guard try file.pointRead({ try StreamTicketStore($0).caller(of: digest, now: .now()) }) != nil,
            let name = try await writer.perform({ try StreamTicketStore($0).redeem(digest) }),
            let caller = Caller(name: name)
        else { throw Problem.invalidTicket }
        return caller
    }
}

extension Caller {
    /// The caller with this ``name``; nil if no caller can have it.
    init?(name: String) {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard let role = parts.first.flatMap({ Role(rawValue: String($0)) }) else { return nil }
        guard parts.count == 2 else {
            self.init(role: role, id: nil)
            return
        }
        guard let id = ID(validating: String(parts[1])) else { return nil }
        self.init(role: role, id: id)
    }
}

extension Problem {
    static let invalidTicket = Problem.unauthorized("The ticket is unknown, expired or used.")
}
