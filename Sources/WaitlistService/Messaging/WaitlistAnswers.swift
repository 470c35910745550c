import Contracts
import GRDB
import Ledger
import WaitlistDomain

/// What WaitlistService is asked, answered from a snapshot of the file: who asks waits for no decision, and no decision
/// for who asks.
enum WaitlistAnswers {
    @Sendable static func answer(_ question: Inquiry, from file: LedgerFile) async throws -> Inquiry {
        switch question {
        case .askWaitlistPositions(let question):
            .waitlistPositions(try await file.pool.read { try WaitlistStore(db: $0).positions(question) })
        case .waitlistPositions, .refused:
            .refused(QuestionRefused(reason: "is an answer, and no question"))
        }
    }
}

extension WaitlistStore {
    /// A cancellation has ended the list (contract section 5, rule 11): nobody is on it any more.
    fileprivate func positions(_ question: AskWaitlistPositions) throws -> WaitlistPositions {
        guard let stored = try list(question.applicationID), !stored.list.cancelled else {
            return WaitlistPositions(positions: [])
        }
        return WaitlistPositions(positions: try places(of: question.volunteerIDs, on: stored))
    }
}
