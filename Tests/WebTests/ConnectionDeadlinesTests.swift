import NIOCore
import Testing

@testable import Web

@Suite struct ConnectionDeadlinesTests {
    /// Events with the seconds at which they happen, then when and why the connection is closed; nil if it is not.
    struct Scenario: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var events: [(Int64, ConnectionDeadlines.Event)] = []
        var cutOff: (Int64, ConnectionDeadlines.CutOffReason)?
        /// Whether the service asks for more as soon as bytes came.
        var readsOn = true
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
        Scenario(
            testDescription: "the time in which the service does not read is not the client's",
            events: [
                (0, .readRequested), (0, .bytesReceived), (20, .readRequested), (25, .bytesReceived),
                (40, .readRequested),
            ], cutOff: (50, .slowRequest), readsOn: false),
        Scenario(
            testDescription: "bytes that fill the buffer were there before the service read",
            events: [(0, .bytesReceived), (14, .bufferFilled), (28, .bufferFilled)], cutOff: (43, .slowRequest)),
        Scenario(
            testDescription: "nor is it the client's time if bytes wait that the service has not read",
            events: [(0, .bytesReceived), (5, .bytesReceived), (15, .bytesUnread)], cutOff: (25, .slowRequest)),
        Scenario(
            testDescription: "a request that the service does not read in 60 s",
            events: [(0, .bytesReceived), (14, .bufferFilled), (28, .bufferFilled), (42, .bufferFilled)]
                + [(56, .bufferFilled)], cutOff: (60, .slowService)),
        Scenario(
            testDescription: "a request of which the service reads nothing more", events: [(0, .bytesReceived)],
            cutOff: (60, .slowService), readsOn: false),
        Scenario(
            testDescription: "an idle connection whose request waits to be read", events: [(75, .bytesUnread)],
            cutOff: (90, .slowRequest)),
    ])
    func `a connection is closed when the client exceeds a limit`(scenario: Scenario) {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var deadlines = ConnectionDeadlines(limits: ConnectionLimits(), now: start)
        if scenario.readsOn { deadlines.record(.readRequested, at: start) }
        var nextCheck = deadlines.nextCheck(at: start)
        for (second, event) in scenario.events {
            let now = start + .seconds(second)
            #expect(deadlines.cutOff.map { $0.time >= now } ?? true, "was closed earlier")
            if nextCheck < now { nextCheck = deadlines.nextCheck(at: now) }
            deadlines.record(event, at: now)
            if scenario.readsOn, event == .bytesReceived || event == .bufferFilled {
                deadlines.record(.readRequested, at: now)
            }
            // The timer of SlowClientHandler relies on this.
            let tolerance = ConnectionDeadlines.shortestInterval
            #expect(deadlines.cutOff.map { $0.time + tolerance >= nextCheck } ?? true)
        }
        #expect(deadlines.cutOff?.time == scenario.cutOff.map { start + .seconds($0.0) })
        #expect(deadlines.cutOff?.reason == scenario.cutOff?.1)
    }

    @Test func `after the last response the client may be silent for 5 s, and has 30 s to close its side`() {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var deadlines = finished(at: start)
        #expect(deadlines.cutOff?.time == start + .seconds(5))
        deadlines.record(.bytesReceived, at: start + .seconds(4))
        #expect(deadlines.cutOff?.time == start + .seconds(9))
        for second in 5..<30 { deadlines.record(.bufferFilled, at: start + .seconds(Int64(second))) }
        #expect(deadlines.cutOff?.time == start + .seconds(30))
        #expect(deadlines.cutOff?.reason == .finished)
    }

    @Test func `if it must make place for another connection, it may be silent for half a second, and has 2 s`() {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var deadlines = finished(at: start)
        deadlines.record(.leaving, at: start)
        #expect(deadlines.cutOff?.time == start + .milliseconds(500))
        for tenth in 1..<20 { deadlines.record(.bufferFilled, at: start + .milliseconds(Int64(tenth) * 100)) }
        #expect(deadlines.cutOff?.time == start + .seconds(2))
    }

    @Test func `a last response that the client still reads is not cut off`() {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var deadlines = finished(at: start)
        deadlines.record(.stalled, at: start)
        #expect(deadlines.cutOff?.time == start + .seconds(30))
        deadlines.record(.unstalled, at: start + .seconds(20))
        #expect(deadlines.cutOff?.time == start + .seconds(25))
    }

    private func finished(at time: NIODeadline) -> ConnectionDeadlines {
        var deadlines = ConnectionDeadlines(limits: ConnectionLimits(), now: time)
        for event in [ConnectionDeadlines.Event.bytesReceived, .requestCompleted, .responseCompleted, .finished] {
            deadlines.record(event, at: time)
        }
        return deadlines
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
            order(answered + [(4, .finished)]),
        ]
        #expect(orders == orders.sorted { ($0 ?? 0) < ($1 ?? 0) } && Set(orders).count == 5)
        #expect(order([(1, .bytesReceived), (1, .requestCompleted)]) == nil, "the server owes a response")
    }
}
