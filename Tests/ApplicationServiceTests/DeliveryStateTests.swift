import ApplicationDomain
import Contracts
import Foundation
import TestSupport
import Testing

@testable import ApplicationService

/// What the API shows of NotifierService's deliveries beside what it has itself (contract section 8).
@Suite struct DeliveryStateTests {
    private static let early = "2026-11-21T09:30:00Z"
    private static let later = "2026-11-21T09:30:00.250Z"

    @Test func `an endpoint is disabled since its first partition has disabled it, and for that reason`() {
        let enabled = EndpointHealth(state: .enabled)
        let failing = EndpointHealth(state: .enabled, failingSince: Self.early)
        let gone = EndpointHealth(state: .disabled, failingSince: Self.later, disabledAt: Self.later, reason: "gone")
        let tired = EndpointHealth(
            state: .disabled, failingSince: Self.early, disabledAt: Self.early, reason: "failing")
        let rows: [(parts: [EndpointHealth?], expected: EndpointHealth)] = [
            ([enabled, enabled], enabled),
            ([enabled, failing], failing),
            ([enabled, nil], EndpointHealth(state: .unavailable)),
            ([nil, failing], EndpointHealth(state: .unavailable, failingSince: Self.early)),
            ([gone, nil], gone),
            ([gone, tired], tired),
            (
                [gone, failing],
                EndpointHealth(state: .disabled, failingSince: Self.early, disabledAt: Self.later, reason: "gone")
            ),
            ([nil, nil], EndpointHealth(state: .unavailable)),
        ]
        for (parts, expected) in rows { #expect(EndpointHealth(of: parts) == expected) }
    }

    @Test func `the callback's state follows the url, and the rest of the operation stays the same`() throws {
        let operation = CommandOperation(
            id: OperationID(in: Partition(number: 0), at: .testStart, random: (1, 2)), caller: "fund:1", kind: .create,
            application: .trusted("7"), volunteer: nil, createdAt: .testStart, updatedAt: .testStart,
            state: .ended(.done), callback: "https://example.org/")
        let answer = """
            {"state":"pending","attempts":2,"next_attempt_at":"\(Self.later)","last_status":500,"last_error":"timeout"}
            """
        let status = try JSONDecoder().decode(CallbackStatus.self, from: Data(answer.utf8))
        let rows: [(status: CallbackStatus, json: String)] = [
            (.waiting, #""state":"waiting""#), (.unavailable, #""state":"unavailable""#),
            (status, String(answer.dropFirst().dropLast())),
        ]
        let payload = String(decoding: OperationJSON.payload(of: operation), as: UTF8.self)
        for (status, json) in rows {
            let body = String(decoding: OperationJSON(operation, callback: status).encoded(), as: UTF8.self)
            #expect(body == payload.dropLast() + #","callback":{"url":"https://example.org/","# + json + "}}")
        }
    }

    @Test func `what the partitions of NotifierService retry is added up`() throws {
        func encoded(_ count: RetryCount) -> String { String(decoding: count.encoded(), as: UTF8.self) }
        #expect(encoded(RetryCount(retried: 3, more: nil)) == #"{"retried":3}"#)
        #expect(encoded(RetryCount(retried: 3, more: false)) == #"{"retried":3}"#)
        #expect(encoded(RetryCount(retried: 0, more: true)) == #"{"retried":0,"more":true}"#)
    }
}
