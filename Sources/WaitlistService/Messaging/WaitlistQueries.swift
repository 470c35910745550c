import Contracts
import Ledger
import ServiceKit
import WaitlistDomain

/// Answers other services' requests from a snapshot of the file: queries and decisions never wait for each other. A
/// request may wait for messages that are still on their way to the list.
struct WaitlistQueries: Sendable {
    /// Of one partition. Those that wait (`WaitlistHandler.waiters`) leave places to those that do not.
    static let limits = RequestLimits(concurrency: 256)
    /// How long a request waits for the messages that it names; after that the list is shown as it is.
    private static let longestWait: Duration = .milliseconds(500)

    let waiters: CommitWaiters<ID>

    @Sendable func answer(
        _ request: RequestReplyMessage, from partition: RequestedPartition
    ) async throws -> RequestReplyMessage {
        switch request {
        case .askWaitlistPositions(let request):
            .waitlistPositions(try await positions(request, in: partition.file))
        case .forwardedRequest:
            .refused(RequestRejected(reason: "this is a request to ApplicationService"))
        case .waitlistPositions, .forwardedResponse, .refused:
            .refused(RequestRejected(reason: "this is a reply, not a request"))
        }
    }

    /// Nearly always the messages have been applied, and the list is read once.
    private func positions(
        _ request: WaitlistPositionsRequest, in file: LedgerFile
    ) async throws -> WaitlistPositionsReply {
        func read(isLast: Bool) async throws -> WaitlistPositionsReply? {
            try await file.read { try Self.positions(request, in: $0, isLast: isLast) }
        }
        if let reply = try await read(isLast: request.seen == nil) { return reply }
        try await waiters.withWaiter(for: request.applicationID, reaching: request.seen ?? 0) { waiter in
            guard let waiter, try await read(isLast: false) == nil else { return }
            await waiter.wait(atMost: Self.longestWait)
        }
        return try await read(isLast: true) ?? WaitlistPositionsReply(positions: [])
    }

    /// A cancellation has ended the list (rule 11), although its entries are still rows.
    /// - Parameter isLast: whether the list is shown although it has not applied what the request names.
    /// - Returns: nil if it is not shown yet.
    private static func positions(
        _ request: WaitlistPositionsRequest, in snapshot: LedgerSnapshot, isLast: Bool
    ) throws -> WaitlistPositionsReply? {
        let store = WaitlistStore(snapshot)
        guard let stored = try store.list(request.applicationID), !stored.list.cancelled else {
            return WaitlistPositionsReply(positions: [])
        }
        if !isLast, stored.list.seen < request.seen ?? 0 { return nil }
        return WaitlistPositionsReply(positions: try store.positions(of: request.volunteerIDs, on: stored))
    }
}
