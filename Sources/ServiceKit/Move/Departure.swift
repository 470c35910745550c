import Contracts
import Ledger
import Synchronization

/// Sends the file of one partition to another process, a few pieces at a time.
final class Departure: Sendable {
    let client: MoveClient
    let move: String
    let partition: Partition
    /// The process that gets the partition.
    let receiver: String
    private let isDeciding = Atomic(false)
    private let sentBytes = Mutex<[FilePart: Int64]>([:])

    init(client: MoveClient, move: String, partition: Partition, receiver: String) {
        self.client = client
        self.move = move
        self.partition = partition
        self.receiver = receiver
    }

    /// Whether the decision was begun: an error does not say that it was not committed.
    var mayBeDecided: Bool { isDeciding.load(ordering: .acquiring) }

    func decide() { isDeciding.store(true, ordering: .releasing) }

    /// How much of a part was sent.
    func sent(_ part: FilePart) -> Int64 { sentBytes.withLock { $0[part, default: 0] } }

    /// Sends a request that must be answered with one of these states.
    /// - Throws: ``MoveFailure`` otherwise, with the receiver's reason.
    func require(
        _ states: MoveReply.State..., for step: MoveRequest.Step, within timeout: Duration = MoveClient.timeout
    ) async throws {
        let reply = try await client.send(step, of: move, partition, to: receiver, within: timeout)
        guard states.contains(reply.state) else {
            throw MoveFailure(reply.reason ?? "\(receiver) answers that the move is \(reply.state.rawValue)")
        }
    }

    /// Sends what was not sent of a part, and returns when all of it was accepted.
    func send(_ part: FilePart, of copy: OutgoingCopy, upTo end: Int64) async throws {
        let start = sent(part)
        let pieces = stride(from: start, to: end, by: Limits.movePieceBytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, offset) in pieces.enumerated() {
                if index >= Limits.movePiecesInFlight { _ = try await group.next() }
                group.addTask { try await self.sendPiece(part, of: copy, offset..<end) }
            }
            try await group.waitForAll()
        }
        sentBytes.withLock { $0[part] = max(start, end) }
    }

    /// The first piece of a range.
    private func sendPiece(_ part: FilePart, of copy: OutgoingCopy, _ range: Range<Int64>) async throws {
        let count = Int(min(Int64(Limits.movePieceBytes), range.upperBound - range.lowerBound))
        let bytes = try await BlockingWork.run { try copy.bytes(of: part, at: range.lowerBound, count: count) }
        guard bytes.count == count else { throw MoveFailure("the file is shorter than it was") }
        try await require(.accepted, for: .piece(part, offset: range.lowerBound, bytes: bytes))
    }
}
