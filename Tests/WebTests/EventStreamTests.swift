import HTTPTypes
import Hummingbird
import Testing

@testable import Web

/// The events of a stream between processes, and as clients read them.
@Suite struct EventStreamTests {
    private let events = [1, 9_007_199_254_740_991].map {
        EventBatch.Event(id: $0, json: Array(#"{"text":"a b","none":""}"#.utf8))
    }

    @Test func `a batch is read as it was written`() {
        for events in [[], events] {
            for (isLast, hasWaited) in [(false, false), (true, false), (false, true), (true, true)] {
                var batch = EventBatch(events: events, last: 17, isLast: isLast)
                batch.hasWaited = hasWaited
                #expect(EventBatch(parsing: String(decoding: batch.encoded(), as: UTF8.self)) == batch)
            }
        }
    }

    @Test(arguments: ["", "1\t{}\n", "x\t{}\n\t1\n", "\tx\n", "\t\n", "{}\n\t1\n", "\t1\n2\t{}\n"])
    func `any other text is no batch`(_ text: String) {
        #expect(EventBatch(parsing: text) == nil)
    }

    @Test func `an event has an id and one line of data, and a stream begins with its place`() {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(text(ServerSentEvents.event(events[0])) == "id: 1\ndata: {\"text\":\"a b\",\"none\":\"\"}\n\n")
        #expect(text(ServerSentEvents.start(after: 5)) == "retry: 3000\nid: 5\n\n")
        #expect(text(ServerSentEvents.start(after: nil)) == "retry: 3000\n\n")
        #expect(text(ServerSentEvents.heartbeat).hasPrefix(":"))
    }

    @Test(arguments: [
        (nil, true), ("text/event-stream", true), ("*/*", true), ("text/*;q=0.1", true), ("TEXT/Event-Stream", true),
        ("application/json, text/event-stream;q=0.5", true), ("application/json", false), ("", false),
        ("text/event-stream;q=0", false), ("text/event-stream;q=0.0, text/html", false), ("text/html", false),
    ])
    func `Accept says whether a client takes a stream`(_ accept: String?, _ isAccepted: Bool) {
        let fields: HTTPFields = accept.map { [.accept: $0] } ?? [:]
        #expect(MediaType.accepts("text/event-stream", in: fields) == isAccepted)
    }
}
