import Contracts
import HTTPTypes
import Hummingbird
import Testing
import Web

@testable import ApplicationService

/// What a process tells another of its changes, and how the other one reads it.
@Suite struct RemoteChangesTests {
    private typealias Change = ApplicationChanges.Change

    private let partition = Partition(number: 3)
    private let first = Change(application: .trusted("a/\"б\""), fund: .trusted("1"))
    private let second = Change(application: .trusted("456"), fund: .trusted("2"))

    /// Asks as ``RemoteChanges`` does, without waiting.
    private func ask(
        _ changes: ApplicationChanges, _ position: inout RemotePosition
    ) async throws -> [ApplicationChanges.Change]? {
        var fields: HTTPFields = [:]
        fields[.lastEventID] = position.last.map(String.init)
        let request = Request(
            head: HTTPRequest(
                method: .get, scheme: nil, authority: nil, path: position.path, headerFields: fields),
            body: RequestBody(buffer: ByteBuffer()))
        let answer = try await ChangesController(changes: changes).answer(request, in: partition)
        #expect(answer.status == 200)
        return position.receive(try #require(EventBatch(parsing: answer.body ?? "")))
    }

    @Test func `after the first answer, only changes of the partition are told, each once`() async throws {
        let changes = ApplicationChanges()
        changes.publish([first], in: partition)
        var position = RemotePosition()
        #expect(!position.isKnown)
        #expect(try await ask(changes, &position) == nil)
        #expect(position.isKnown)
        #expect(try await ask(changes, &position) == [])
        changes.publish([first, second], in: partition)
        changes.publish([second], in: Partition(number: 1))
        #expect(try await ask(changes, &position) == [first, second])
        #expect(try await ask(changes, &position) == [])
    }

    @Test func `a ring that has overrun, and another process, say that anything may have changed`() async throws {
        let changes = ApplicationChanges(capacity: 2)
        var position = RemotePosition()
        #expect(try await ask(changes, &position) == nil)
        for _ in 0..<3 { changes.publish([first], in: partition) }
        #expect(try await ask(changes, &position) == nil)
        #expect(try await ask(changes, &position) == [])
        let other = ApplicationChanges(clock: { changes.last + 1_000 })
        other.publish([second], in: partition)
        #expect(try await ask(other, &position) == nil)
        #expect(try await ask(other, &position) == [])
    }

    @Test func `events are read as they were written, and others begin again`() {
        for event in [ChangeEvent.change(first), .change(second), .anything(ring: .max)] {
            #expect(ChangeEvent(parsing: event.encoded()) == event)
        }
        var position = RemotePosition()
        let known = EventBatch.Event(id: 7, json: ChangeEvent.anything(ring: 1).encoded())
        #expect(position.receive(EventBatch(events: [known], last: 7)) == nil && position.last == 7)
        for json in ["", "1", "{}", #"{"application":"a"}"#, #"{"application":"*","fund":"1"}"#, #"{"ring":"x"}"#] {
            var copy = position
            let event = EventBatch.Event(id: 8, json: Array(json.utf8))
            #expect(copy.receive(EventBatch(events: [event], last: 8)) == nil && !copy.isKnown)
        }
    }
}
