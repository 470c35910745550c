import Broker
import Contracts
import Foundation
import Ledger
import Logging
import Testing

@testable import ServiceKit

/// Whatever is asked, whoever asks, and however it ends: there is an answer.
@Suite struct QuestionDoorTests {
    private struct NoAnswer: Error {}

    private let question = RequestReplyMessage.askWaitlistPositions(
        WaitlistPositionsRequest(applicationID: .trusted("7"), volunteerIDs: [.trusted("5")]))
    private let found = RequestReplyMessage.waitlistPositions(
        WaitlistPositionsReply(positions: [.init(volunteerID: .trusted("5"), position: 3)]))

    /// What comes back to who asks.
    private func reply(
        to body: [UInt8], of user: String? = "anna", length: Int? = nil, isOwner: Bool = true,
        by requestHandler: @escaping ServiceDefinition.RequestHandler
    ) async throws -> (properties: MessageProperties, answer: RequestReplyMessage) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "questions-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try LedgerFile(
            address: waitlist, directory: folder.path, partitions: 1, migrations: [], now: Timestamp(milliseconds: 77))
        defer { file.close() }
        let door = RequestResponder(
            address: waitlist, file: file, user: "boris", trustedUsers: ["anna"], isOwner: { isOwner },
            requestHandler: requestHandler, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let (properties, answer) = await door.take(
            Delivery(
                tag: 1, queue: waitlist.requestQueue, exchange: "", routingKey: waitlist.requestQueue,
                properties: MessageProperties(userID: user), body: body, bodyLength: length,
                bodyDigest: length.map { _ in [] }))
        return (properties, try RequestReplyMessage(parsing: answer))
    }

    private func refusal(
        of body: [UInt8], of user: String? = "anna", length: Int? = nil, isOwner: Bool = true
    ) async throws -> String? {
        let reply = try await reply(to: body, of: user, length: length, isOwner: isOwner) { _, _ in
            Issue.record("somebody was asked")
            throw NoAnswer()
        }
        guard case .refused(let refused) = reply.answer else { return nil }
        return refused.reason
    }

    @Test func `an answer bears what all that is published does`() async throws {
        let (properties, answer) = try await reply(to: question.encoded()) { [question, found] asked, file in
            #expect(asked == question && file.address == waitlist)
            return found
        }
        #expect(answer == found)
        #expect(properties.type == "waitlist_positions" && properties.contentType == "application/json")
        #expect(properties.appID == "waitlist.p00" && properties.userID == "boris" && properties.timestamp != nil)
    }

    @Test func `who is not trusted hears nothing`() async throws {
        for user in [nil, "boris", ""] as [String?] {
            let reason = try await refusal(of: question.encoded(), of: user)
            #expect(reason == "the asker is not one of TRUSTED_AMQP_USERS")
        }
    }

    @Test func `who does not own the partition says nothing of it`() async throws {
        #expect(try await refusal(of: question.encoded(), isOwner: false) == "the partition is not ours now")
    }

    @Test func `what cannot be read is refused with its reason`() async throws {
        #expect(try await refusal(of: []) == "the body is empty")
        #expect(try await refusal(of: Array(#"{"action":"x"}"#.utf8))?.hasPrefix("/action: ") == true)
        #expect(try await refusal(of: question.encoded(), length: 2 << 20) == "larger than 1048576 bytes")
    }

    @Test func `a failure is answered, and keeps its reason to itself`() async throws {
        let (properties, answer) = try await reply(to: question.encoded()) { _, _ in throw NoAnswer() }
        #expect(properties.type == "question_refused")
        #expect(answer == .refused(RequestRejected(reason: "cannot be answered now")))
    }
}
