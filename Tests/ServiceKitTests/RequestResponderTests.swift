import Broker
import Contracts
import Ledger
import Logging
import TestSupport
import Testing

@testable import ServiceKit

/// Every request gets a reply.
@Suite struct RequestResponderTests {
    private struct HandlerFailed: Error {}

    private let request = RequestReplyMessage.askWaitlistPositions(
        WaitlistPositionsRequest(applicationID: .trusted("7"), volunteerIDs: [.trusted("5")]))
    private let positions = RequestReplyMessage.waitlistPositions(
        WaitlistPositionsReply(positions: [.init(volunteerID: .trusted("5"), position: 3)]))

    /// The properties and the message of the reply.
    private func reply(
        to body: [UInt8], of user: String? = "anna", length: Int? = nil, isOwner: Bool = true,
        by requestHandler: @escaping ServiceDefinition.RequestHandler
    ) async throws -> (properties: MessageProperties, message: RequestReplyMessage) {
        let folder = try TemporaryFolder("requests")
        let file = try LedgerFile(
            address: waitlist, directory: folder.path, partitions: 1, migrations: [], now: Timestamp(milliseconds: 77))
        defer { file.close() }
        let writer = try LedgerWriter(
            file: file, handler: NoOpHandler(), settings: .init(outboxRetention: .seconds(9), maxAttempts: 1),
            environment: .live, logger: .quiet)
        let partition = RequestedPartition(file: file, writer: writer)
        let responder = RequestResponder(
            address: waitlist, partition: partition, user: "boris", trustedUsers: ["anna"], isOwner: { isOwner },
            requestHandler: requestHandler, logger: .quiet)
        let (properties, reply) = await responder.respond(
            to:
                Delivery(
                    tag: 1, queue: waitlist.requestQueue, exchange: "", routingKey: waitlist.requestQueue,
                    properties: MessageProperties(userID: user), body: body, bodyLength: length,
                    bodyDigest: length.map { _ in [] }))
        return (properties, try RequestReplyMessage(parsing: reply))
    }

    private func refusal(
        of body: [UInt8], of user: String? = "anna", length: Int? = nil, isOwner: Bool = true
    ) async throws -> String? {
        let reply = try await reply(to: body, of: user, length: length, isOwner: isOwner) { _, _ in
            Issue.record("the handler was called")
            throw HandlerFailed()
        }
        return if case .refused(let refused) = reply.message { refused.reason } else { nil }
    }

    @Test func `a reply has the properties of every published message`() async throws {
        let (properties, message) = try await reply(to: request.encoded()) { [request, positions] received, partition in
            #expect(received == request && partition.file.address == waitlist)
            return positions
        }
        #expect(message == positions)
        #expect(properties.type == "waitlist_positions" && properties.contentType == "application/json")
        #expect(properties.appID == "waitlist.p00" && properties.userID == "boris" && properties.timestamp != nil)
    }

    @Test func `a request of an untrusted user is refused`() async throws {
        for user in [nil, "boris", ""] as [String?] {
            let reason = try await refusal(of: request.encoded(), of: user)
            #expect(reason == "the requester is not one of TRUSTED_AMQP_USERS")
        }
    }

    @Test func `without ownership of the partition a request is refused`() async throws {
        #expect(
            try await refusal(of: request.encoded(), isOwner: false) == "this process does not own the partition now")
    }

    @Test func `an unreadable request is refused with the reason`() async throws {
        #expect(try await refusal(of: []) == "the body is empty")
        #expect(try await refusal(of: Array(#"{"action":"x"}"#.utf8))?.hasPrefix("/action: ") == true)
        #expect(try await refusal(of: request.encoded(), length: 2 << 20) == "larger than 1048576 bytes")
    }

    @Test func `a failed request is refused without details`() async throws {
        let (properties, message) = try await reply(to: request.encoded()) { _, _ in throw HandlerFailed() }
        #expect(properties.type == "question_refused")
        #expect(message == .refused(RequestRejected(reason: "cannot be answered now")))
    }
}
