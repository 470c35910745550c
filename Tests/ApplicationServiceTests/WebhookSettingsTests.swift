import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// The settings of callers are stored, and every partition of NotifierService is told of each change (contract
/// section 8).
@Suite struct WebhookSettingsTests {
    private typealias Change = WebhookTransaction.Change
    private static let url = "https://example.org/hooks"
    private static let create = Change.createEndpoint(url: url, events: [])

    @Test func `each change is stored, and sent to every partition of NotifierService`() async throws {
        try await NotifierFixture.run { fixture in
            let first = try await fixture.change(Self.create)
            let id = try #require(first.endpoint?.id)
            let one = Change.createEndpoint(url: Self.url, events: [.notification(.reminder)])
            var expected = [first.settings]
            for change in [one, .rotateSecret, .enableEndpoint(id), .deleteEndpoint(id)] {
                expected.append(try await fixture.change(change).settings)
                #expect(try fixture.settings() == expected.last)
            }
            #expect(expected.map(\.endpoints.count) == [1, 2, 2, 2, 1] && expected.last?.generation == 1)
            for partition in 0..<4 {
                #expect(try fixture.sent(to: partition) == expected.map { .webhookSettings($0.message) })
            }
        }
    }

    @Test func `what was undone leaves no row`() async throws {
        try await NotifierFixture.run { fixture in
            let id = try #require(try await fixture.change(Self.create).endpoint?.id)
            #expect(try await fixture.change(.deleteEndpoint(id)).settings.isDefault)
            let callers = try fixture.store.file.pointRead { try WebhookStore($0).callers(after: "", limit: 9) }
            #expect(callers == [])
            #expect(try fixture.sent(to: 2).last == .webhookSettings(WebhookSettings(caller: "fund:1")))
        }
    }

    @Test func `a refused change changes and sends nothing`() async throws {
        try await NotifierFixture.run { fixture in
            _ = try await fixture.change(.rotateSecret)
            let before = try fixture.settings()
            let unknown = EndpointID(in: Partition(number: 0), at: .testStart, random: (9, 9))
            for change in [Change.rotateSecret, .deleteEndpoint(unknown), .enableEndpoint(unknown)] {
                guard case .refused = try await fixture.apply(change) else {
                    Issue.record("\(change)")
                    continue
                }
            }
            #expect(try fixture.settings() == before)
            #expect(try fixture.sent(to: 0).count == 1)
        }
    }

    @Test func `the same request with the same key is carried out once`() async throws {
        try await NotifierFixture.run { fixture in
            let create = CommandKey(
                "k", caller: "fund:1", method: "POST", path: "/v1/webhook-endpoints", bodyDigest: [1])
            let made = try await fixture.change(Self.create, key: create)
            let id = try #require(made.endpoint?.id)
            guard case .replayed(let now, let replayed, let json) = try await fixture.apply(Self.create, key: create)
            else { throw NotApplied() }
            #expect(now == made.settings && replayed == id.description)
            #expect(json == made.endpoint.map { EndpointJSON($0).encoded() })
            let other = CommandKey(
                "k", caller: "fund:1", method: "POST", path: "/v1/webhook-endpoints", bodyDigest: [2])
            guard case .keyReused = try await fixture.apply(Self.create, key: other) else { throw NotApplied() }

            let rotate = CommandKey(
                "k", caller: "fund:1", method: "POST", path: "/v1/signing-secret/rotate", bodyDigest: [])
            let rotated = try await fixture.change(.rotateSecret, key: rotate)
            guard case .replayed(let same, _, _) = try await fixture.apply(.rotateSecret, key: rotate) else {
                throw NotApplied()
            }
            #expect(same == rotated.settings && same.generation == 1)
            #expect(try fixture.sent(to: 3).count == 2)
        }
    }

    // MARK: - Who is told of operations

    /// The partition of the name is that of the fixture's file.
    private static let own: ExactString = {
        let names = (0...).lazy.map { "fund:\($0)" }
        return ExactString(names.first { Partition.of(key: $0, count: 4).number == 0 } ?? "")
    }()
    private static let other: ExactString = {
        let names = (0...).lazy.map { "fund:\($0)" }
        return ExactString(names.first { Partition.of(key: $0, count: 4).number == 1 } ?? "")
    }()

    @Test func `the end of an operation is an event while its caller has an endpoint for it`() async throws {
        let subscribers = EventSubscribers()
        try await NotifierFixture.run(subscribers) { fixture in
            // The callers of this file are read in the first transaction.
            try await fixture.store.write { _ in }
            #expect(try await fixture.eventsOfCreate(1, by: Self.own) == 0)
            let none = Change.createEndpoint(url: Self.url, events: [.notification(.waiting)])
            _ = try await fixture.change(none, of: Self.own, subscribers)
            #expect(try await fixture.eventsOfCreate(2, by: Self.own) == 0)
            let id = try #require(try await fixture.change(Self.create, of: Self.own, subscribers).endpoint?.id)
            #expect(try await fixture.eventsOfCreate(3, by: Self.own) == 1)
            _ = try await fixture.change(.deleteEndpoint(id), of: Self.own, subscribers)
            #expect(try await fixture.eventsOfCreate(4, by: Self.own) == 1)
        }
    }

    @Test func `NotifierService decides where this process does not know the caller`() async throws {
        try await NotifierFixture.run(EventSubscribers()) { fixture in
            try await fixture.store.write { _ in }
            #expect(try await fixture.eventsOfCreate(1, by: Self.other) == 1)
        }
    }

    @Test func `what was known of a partition counts no more when another file serves it`() async throws {
        let subscribers = EventSubscribers()
        try await NotifierFixture.run(subscribers) { first in
            try await first.store.write { _ in }
            #expect(try await first.eventsOfCreate(1, by: Self.own) == 0)
            // The other file is of the same partition, and its writer has not read its callers.
            try await NotifierFixture.run { second in
                let (isKnown, isKnownThere) = try await second.store.write { transaction in
                    (
                        subscribers.mayInclude(Self.own, of: Partition(number: 0), in: transaction),
                        subscribers.mayInclude(Self.other, of: Partition(number: 1), in: transaction)
                    )
                }
                #expect(isKnown && isKnownThere)
            }
        }
    }

    @Test func `without webhooks no operation is an event`() async throws {
        try await NotifierFixture.run { fixture in
            _ = try await fixture.change(Self.create, of: Self.own)
            #expect(try await fixture.eventsOfCreate(1, by: Self.own) == 0)
        }
    }

    private struct NotApplied: Error {}
}

extension NotifierFixture {
    fileprivate func settings(of caller: ExactString = "fund:1") throws -> CallerWebhooks {
        try store.file.pointRead { try WebhookStore($0).settings(of: caller) }
    }

    fileprivate func apply(
        _ change: WebhookTransaction.Change, of caller: ExactString = "fund:1", key: CommandKey? = nil,
        _ subscribers: EventSubscribers? = nil
    ) async throws -> WebhookTransaction.Result {
        store.clock.advance(.milliseconds(1))
        return try await store.write { transaction in
            try WebhookTransaction(
                policy: Self.handler.policy, subscribers: subscribers, transaction: transaction
            ).apply(change, of: caller, key: key) { EndpointJSON($0).encoded() }
        }
    }

    func change(
        _ change: WebhookTransaction.Change, of caller: ExactString = "fund:1", key: CommandKey? = nil,
        _ subscribers: EventSubscribers? = nil
    ) async throws -> (settings: CallerWebhooks, endpoint: CallerEndpoint?) {
        guard case .changed(let settings, let endpoint) = try await apply(change, of: caller, key: key, subscribers)
        else { throw NotChanged() }
        return (settings, endpoint)
    }

    private struct NotChanged: Error {}

    /// The number of all events after the create of another application.
    fileprivate func eventsOfCreate(_ application: Int, by caller: ExactString) async throws -> Int {
        guard case .create(let create) = Message.create(.trusted("a\(application)")) else { throw NotChanged() }
        _ = try await command(.create(create), callback: nil, caller: caller)
        return try webhookEvents().count
    }
}
