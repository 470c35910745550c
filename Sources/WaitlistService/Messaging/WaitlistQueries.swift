import Contracts
import Ledger
import ServiceKit
import WaitlistDomain

/// Answers other services' requests from a snapshot of the file: queries and decisions never wait for each other.
enum WaitlistQueries {
    @Sendable static func answer(
        _ request: RequestReplyMessage, from partition: RequestedPartition
    ) async throws -> RequestReplyMessage {
        switch request {
        case .askWaitlistPositions(let request):
            .waitlistPositions(try await partition.file.read { try positions(request, in: $0) })
        case .forwardedRequest:
            .refused(RequestRejected(reason: "this is a request to ApplicationService"))
        case .waitlistPositions, .forwardedResponse, .refused:
            .refused(RequestRejected(reason: "this is a reply, not a request"))
        }
    }

    /// A cancellation has ended the list (rule 11), although its entries are still rows.
    private static func positions(
        _ request: WaitlistPositionsRequest, in snapshot: LedgerSnapshot
    ) throws -> WaitlistPositionsReply {
        let store = WaitlistStore(snapshot)
        guard let stored = try store.list(request.applicationID), !stored.list.cancelled else {
            return WaitlistPositionsReply(positions: [])
        }
        return WaitlistPositionsReply(positions: try store.positions(of: request.volunteerIDs, on: stored))
    }
}
