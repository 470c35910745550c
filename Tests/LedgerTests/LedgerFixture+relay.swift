import Contracts
import Ledger
import TestSupport

extension LedgerFixture {
    /// The stream that ``ScriptedHandler`` sends to.
    static let outgoing = StreamName(producer: address, consumer: ScriptedHandler.consumer)

    func relay() throws -> OutboxRelay {
        try OutboxRelay(file: file, environment: environment, logger: .quiet)
    }

    /// A relay whose consumers have answered that they have applied what is confirmed.
    func openRelay() async throws -> OutboxRelay {
        let relay = try relay()
        try await answerHeads(of: relay)
        return relay
    }

    /// Answers the heads that the relay sends now.
    func answerHeads(
        of relay: OutboxRelay, _ answer: (StreamHead) -> StreamApplied? = { $0.answer(last: $0.head) }
    ) async throws {
        for head in relay.nextHeads(max: 99).map(\.head) {
            if let answer = answer(head) { try await receive(answer, relay) }
        }
    }

    /// Commits a consumer's report, and tells the relay.
    func receive(_ applied: StreamApplied, _ relay: OutboxRelay) async throws {
        let token = AckToken(target: AckRecorder(), tag: 1)
        writer.submit(.streamApplied(applied, answersHead: relay.expects(applied), token))
        try await runOnce()
        update(relay)
    }

    /// Tells the relay what was committed.
    func update(_ relay: OutboxRelay) {
        for commit in recorder.takeCommits() { relay.streamsChanged(commit) }
    }
}

extension StreamHead {
    func answer(epoch: Int64? = nil, last: Int64) -> StreamApplied {
        StreamApplied(stream: stream, epoch: epoch ?? self.epoch, last: last, handshake: handshake)
    }
}
