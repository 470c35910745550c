import Contracts
import GRDB
import Ledger
import WaitlistDomain

/// What WaitlistService is asked, answered from a snapshot of the file: who asks waits for no decision, and no decision
/// for who asks.
enum WaitlistQueries {
    @Sendable static func answer(
        _ question: RequestReplyMessage, from file: LedgerFile
    ) async throws -> RequestReplyMessage {
        switch question {
        case .askWaitlistPositions(let question):
            .waitlistPositions(try await file.pool.read { try WaitlistStore(db: $0).positions(question) })
        case .waitlistPositions, .refused:
            .refused(RequestRejected(reason: "is an answer, and no question"))
        }
    }
}

extension WaitlistStore {
    /// A cancellation has ended the list (contract section 5, rule 11): nobody is on it any more.
    fileprivate func positions(_ question: WaitlistPositionsRequest) throws -> WaitlistPositionsReply {
        guard let stored = try list(question.applicationID), !stored.list.cancelled else {
            return WaitlistPositionsReply(positions: [])
        }
        return WaitlistPositionsReply(positions: try places(of: question.volunteerIDs, on: stored))
    }
}
