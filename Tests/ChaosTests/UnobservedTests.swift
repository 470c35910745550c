import ChaosHistory
import Contracts
import Testing

/// Messages that the observer missed are taken from the files of their senders if their receivers have applied them.
@Suite struct UnobservedTests {
    private static let stream = "waitlist.p01>application.p01"

    private static func message(_ seq: Int64, epoch: Int64 = 7, stream: String = stream) -> ObservedMessage {
        ObservedMessage(
            exchange: Exchange.waiting, routingKey: "waiting_list_record.application.p01",
            messageID: "\(stream)/\(epoch)/\(seq)", producer: "waitlist.p01", stream: stream, epoch: epoch, seq: seq,
            body: [])
    }

    private func history(observed: [ObservedMessage], applied: Int64) -> History {
        var history = History()
        history.messages = observed
        var state = History.FinalState()
        state.streams = [
            History.StreamPosition(stream: Self.stream, isOutgoing: true, epoch: 7, last: 9),
            History.StreamPosition(stream: Self.stream, isOutgoing: false, epoch: 7, last: applied),
        ]
        history.finalStates[.application] = state
        history.restPoint = RestPoint(messages: observed.count, commands: 0)
        return history
    }

    @Test func `what was applied takes its place behind the message before it, and no other message is added`() {
        let other = Self.message(1, stream: "application.p01>waitlist.p01")
        var history = history(observed: [Self.message(1), other, Self.message(4)], applied: 4)
        history.notes = [History.Note(after: 1, text: "before"), History.Note(after: 3, text: "behind")]
        #expect(history.addUnobserved((1...5).map { Self.message($0) } + [Self.message(2, epoch: 6)]) == 2)
        #expect(history.messages == [Self.message(1), Self.message(2), Self.message(3), other, Self.message(4)])
        #expect(history.restPoint?.messages == 5)
        #expect(history.notes.map(\.after) == [1, 5])
    }

    @Test func `the first message of a stream comes before the next one, and the last one after all`() {
        var history = history(observed: [Self.message(2)], applied: 3)
        #expect(history.addUnobserved([Self.message(3), Self.message(1)]) == 2)
        #expect(history.messages == (1...3).map { Self.message($0) })
    }
}
