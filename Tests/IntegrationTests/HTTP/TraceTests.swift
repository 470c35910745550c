import Broker
import Contracts
import TestSupport
import Testing

/// A command's `traceparent` is continued in the messages that it causes (contract section 8).
@Suite struct TraceTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

    private func traceID(_ message: RecordedMessage) -> Substring? {
        message.properties.headers[HeaderName.traceparent]?.stringValue?.split(separator: "-").dropFirst().first
    }

    @Test func `the messages of a command have its trace id, a malformed traceparent begins a new trace`() async throws
    {
        try await TestSystem.run { system in
            let http = try await system.client()
            #expect(try await http.create(456, spots: 2).status == 202)
            for (volunteer, traceparent) in [
                (1, "00-\(Self.traceID)-00f067aa0ba902b7-01"), (2, "00-\(Self.traceID)-0000000000000000-01"),
            ] {
                let accepted = try await http.call(
                    "POST", "/v1/applications/456/responses",
                    #"{"volunteer_id":\#(volunteer),"status":"accepted"}"#, ["traceparent": traceparent])
                #expect(accepted.status == 202)
            }
            try await system.quiesce()
            func statusMessage(to volunteer: ID) throws -> RecordedMessage {
                try #require(
                    system.recorder.recorded.first { recorded in
                        guard case .spotStatus(let record)? = recorded.message else { return false }
                        return record.userID == volunteer
                    })
            }
            #expect(try traceID(statusMessage(to: 1)) == Self.traceID[...])
            let started = try #require(try traceID(statusMessage(to: 2)))
            #expect(started != Self.traceID && started.count == 32)
        }
    }
}
