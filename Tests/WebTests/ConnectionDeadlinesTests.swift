import NIOCore
import Testing

@testable import Web

@Suite struct ConnectionDeadlinesTests {
    /// Events with the seconds at which they happen, then when and why the connection is closed; nil if it is not.
    struct Scenario: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var events: [(Int64, ConnectionDeadlines.Event)] = []
        var cutOff: (Int64, ConnectionDeadlines.CutOffReason)?
    }

    @Test(arguments: [
        Scenario(testDescription: "no request", cutOff: (75, .idle)),
        Scenario(
            testDescription: "a request without an end", events: [(50, .bytesReceived)], cutOff: (65, .slowRequest)),
        Scenario(
            testDescription: "a byte a second", events: (0..<15).map { ($0, .bytesReceived) },
            cutOff: (15, .slowRequest)),
        Scenario(
            testDescription: "no limit while the server owes a response",
            events: [(0, .bytesReceived), (1, .requestCompleted)]),
        Scenario(
            testDescription: "keep-alive counts from the response",
            events: [(0, .bytesReceived), (1, .requestCompleted), (21, .responseCompleted)], cutOff: (96, .idle)),
        Scenario(
            testDescription: "the next request has its own time",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .responseCompleted), (40, .bytesReceived)],
            cutOff: (55, .slowRequest)),
        Scenario(
            testDescription: "no limit until both of two pipelined requests are answered",
            events: [(0, .bytesReceived), (1, .requestCompleted), (1, .requestCompleted), (30, .responseCompleted)]),
        Scenario(
            testDescription: "idle after both are answered",
            events: [
                (0, .bytesReceived), (1, .requestCompleted), (1, .requestCompleted), (30, .responseCompleted),
                (31, .responseCompleted),
            ], cutOff: (106, .idle)),
        Scenario(
            testDescription: "half a request behind a slow response has no limit, since it is not read",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .bytesReceived)]),
        Scenario(
            testDescription: "its time starts when it can be read",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .bytesReceived), (22, .responseCompleted)],
            cutOff: (37, .slowRequest)),
        Scenario(
            testDescription: "a response before the request's end, such as 413, does not extend its time",
            events: [(0, .bytesReceived), (2, .responseCompleted), (9, .bytesReceived)], cutOff: (15, .slowRequest)),
        Scenario(
            testDescription: "after that, the request's end starts the idle time",
            events: [(0, .bytesReceived), (2, .responseCompleted), (9, .requestCompleted)], cutOff: (84, .idle)),
        Scenario(
            testDescription: "a response that the client does not read",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .stalled)], cutOff: (32, .doesNotRead)),
        Scenario(
            testDescription: "a response that the client reads late",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .stalled), (31, .unstalled)]),
        Scenario(
            testDescription: "a second stall counts from its own start",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .stalled), (31, .unstalled), (32, .stalled)],
            cutOff: (62, .doesNotRead)),
        Scenario(
            testDescription: "a repeated stall event counts from the first",
            events: [(0, .bytesReceived), (1, .requestCompleted), (2, .stalled), (9, .stalled)],
            cutOff: (32, .doesNotRead)),
    ])
    func `a connection is closed when the client exceeds a limit`(scenario: Scenario) {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var deadlines = ConnectionDeadlines(limits: ConnectionLimits(), now: start)
        for (second, event) in scenario.events {
            let before = deadlines.cutOff
            #expect(before.map { $0.time > start + .seconds(second) } ?? true, "was closed earlier")
            deadlines.record(event, at: start + .seconds(second))
            let soonest = start + .seconds(second) + deadlines.checkInterval
            // The timer of SlowClientHandler relies on this.
            #expect(deadlines.cutOff.map { cutOff in cutOff.time >= min(soonest, before?.time ?? soonest) } ?? true)
        }
        #expect(deadlines.cutOff?.time == scenario.cutOff.map { start + .seconds($0.0) })
        #expect(deadlines.cutOff?.reason == scenario.cutOff?.1)
    }

    @Test func `after the last response the client has 2 s to close its side, whatever it sends`() {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var deadlines = ConnectionDeadlines(limits: ConnectionLimits(), now: start)
        for event in [ConnectionDeadlines.Event.bytesReceived, .requestCompleted, .responseCompleted, .finished] {
            deadlines.record(event, at: start)
        }
        deadlines.record(.bytesReceived, at: start + .seconds(1))
        #expect(deadlines.cutOff?.time == start + .seconds(2))
        #expect(deadlines.cutOff?.reason == .finished)
    }

    @Test func `idle connections go first, then those that send a request, and of either the oldest`() {
        func order(_ events: [(Int64, ConnectionDeadlines.Event)]) -> UInt64? {
            let start = NIODeadline.uptimeNanoseconds(1_000)
            var deadlines = ConnectionDeadlines(limits: ConnectionLimits(), now: start)
            for (second, event) in events { deadlines.record(event, at: start + .seconds(second)) }
            return deadlines.closingOrder
        }
        let answered: [(Int64, ConnectionDeadlines.Event)] = [
            (1, .bytesReceived), (1, .requestCompleted), (2, .responseCompleted),
        ]
        let orders = [
            order([]), order(answered), order([(1, .bytesReceived)]), order(answered + [(3, .bytesReceived)]),
        ]
        #expect(orders == orders.sorted { ($0 ?? 0) < ($1 ?? 0) } && Set(orders).count == 4)
        #expect(order([(1, .bytesReceived), (1, .requestCompleted)]) == nil, "the server owes a response")
    }
}
