import ApplicationDomain
import Contracts
import Testing

/// What a caller may change of its signing secret and webhook endpoints (contract section 8).
@Suite struct CallerWebhooksTests {
    private typealias Refusal = CallerWebhooks.Refusal
    private static let day = 86_400

    private static func endpoint(_ number: UInt64, events: [EventType] = [], at second: Int = 0) -> CallerEndpoint {
        CallerEndpoint(
            id: EndpointID(in: Partition(number: 3), at: at(second), random: (number, number)),
            url: "https://example.org/\(number)", events: events, createdAt: at(second), enabledAt: at(second))
    }

    @Test func `a secret is rotated, and again once the one before signs no more`() throws {
        var settings = CallerWebhooks(caller: "fund:1")
        #expect(settings.isDefault && settings.previousSecretEnd(at: at(0)) == nil)
        try settings.rotateSecret(at: at(10))
        #expect(settings.generation == 1 && settings.rotatedAt == at(10) && !settings.isDefault)
        let end = at(10 + Self.day)
        let rows: [(now: Timestamp, wait: Duration?)] = [
            (at(10), .seconds(86_400)), (end.advanced(by: .milliseconds(-1)), .milliseconds(1)), (end, nil),
            // The clock was set back.
            (at(-1_000_000), .seconds(86_400)),
        ]
        for (now, wait) in rows {
            var again = settings
            #expect(again.previousSecretEnd(at: now) == (wait == nil ? nil : end))
            if let wait {
                #expect(throws: Refusal.rotatedRecently(wait: wait)) { try again.rotateSecret(at: now) }
                #expect(again == settings)
            } else {
                try again.rotateSecret(at: now)
                #expect(again.generation == 2 && again.rotatedAt == now)
            }
        }
    }

    @Test func `a caller has at most 16 endpoints`() throws {
        var settings = CallerWebhooks(caller: "fund:1")
        for number in 1...16 { try settings.add(Self.endpoint(UInt64(number))) }
        #expect(throws: Refusal.tooManyEndpoints) { try settings.add(Self.endpoint(17)) }
        try settings.remove(Self.endpoint(3).id)
        try settings.add(Self.endpoint(17))
        #expect(settings.endpoints.count == 16)
        #expect(throws: Refusal.unknownEndpoint) { try settings.remove(Self.endpoint(3).id) }
        #expect(throws: Refusal.unknownEndpoint) { try settings.enable(Self.endpoint(3).id, at: at(1)) }
    }

    @Test func `one that is enabled again was enabled later than before, whatever the clock shows`() throws {
        var settings = CallerWebhooks(caller: "fund:1", endpoints: [Self.endpoint(1, at: 100)])
        let id = Self.endpoint(1, at: 100).id
        try settings.enable(id, at: at(200))
        #expect(settings.endpoint(id)?.enabledAt == at(200))
        try settings.enable(id, at: at(50))
        #expect(settings.endpoint(id)?.enabledAt == at(200).advanced(by: .milliseconds(1)))
        #expect(settings.endpoint(id)?.createdAt == at(100))
    }

    @Test func `an endpoint receives the types that it names, or all`() {
        let all = Self.endpoint(1)
        #expect(EventType.allCases.count == 1 + NotificationKind.allCases.count)
        #expect(EventType.allCases.allSatisfy { all.receives($0) && EventType(name: $0.name) == $0 })
        let one = Self.endpoint(2, events: [.notification(.cancelled)])
        #expect(EventType.allCases.filter(one.receives) == [.notification(.cancelled)])
        #expect(!CallerWebhooks(caller: "a", endpoints: [one]).hasEndpoint(for: .operationCompleted))
        #expect(CallerWebhooks(caller: "a", endpoints: [one, all]).hasEndpoint(for: .operationCompleted))
        #expect(EventType(name: "notification.other") == nil && EventType(name: "operation.started") == nil)
    }

    @Test func `NotifierService is told everything`() {
        let endpoints = [Self.endpoint(1), Self.endpoint(2, events: [.operationCompleted, .notification(.waiting)])]
        let settings = CallerWebhooks(caller: "service", generation: 4, rotatedAt: at(7), endpoints: endpoints)
        let message = settings.message
        #expect(message.caller == "service" && message.generation == 4 && message.rotatedAt == at(7))
        #expect(message.endpoints.map(\.endpointID) == endpoints.map(\.id.description))
        #expect(message.endpoints.map(\.events) == [[], ["operation.completed", "notification.waiting"]])
        #expect(message.endpoints.map(\.url) == endpoints.map(\.url))
    }

    @Test func `the id of an endpoint names its partition`() throws {
        let id = Self.endpoint(1).id
        #expect(id.description.hasPrefix("p03-") && EndpointID(parsing: id.description) == id)
        for text in ["", "p03", "p03-1", id.description + "0", id.description.uppercased()] {
            #expect(EndpointID(parsing: text) == nil)
        }
    }
}
