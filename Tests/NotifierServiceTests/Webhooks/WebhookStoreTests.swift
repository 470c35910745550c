import Contracts
import GRDB
import Ledger
import NotifierDomain
import TestSupport
import Testing

@testable import NotifierService

/// Every value of callers, endpoints, deliveries and attempts is read as it was written, by each query.
@Suite struct WebhookStoreTests {
    private static let producer = Address(service: .application, partition: Partition(number: 3))

    private static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test func `an endpoint is read as it was set, and keeps its health until it is enabled again`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let endpoint = WebhookEndpoint(
                endpointID: "e1", url: "https://a.example/x", events: ["b", "a"], enabledAt: Self.time(5))
            let health = EndpointHealth(
                failingSince: Self.time(1), failingSinceServed: Self.time(2), disabledAt: Self.time(3),
                reason: .failing)
            func read(_ settings: WebhookSettings) async throws -> [StoredEndpoint?] {
                try await fixture.write { transaction in
                    let store = WebhookSettingsStore(transaction)
                    try store.replace(settings, from: Self.producer, epoch: 7)
                    let all = [try store.endpoint("e1")] + (try store.endpoints(of: settings.caller))
                    return all + (try store.serviceEndpoints())
                }
            }
            var settings = WebhookSettings(
                caller: "service:1", generation: 4, rotatedAt: Self.time(9), endpoints: [endpoint])
            let fresh = StoredEndpoint(caller: "service:1", endpoint: endpoint, health: EndpointHealth())
            #expect(try await read(settings) == [fresh, fresh, fresh])
            try await fixture.write { try WebhookSettingsStore($0).save(health, of: "e1") }
            settings.endpoints[0].url = "https://b.example/"
            settings.endpoints[0].events = []
            let failing = StoredEndpoint(caller: "service:1", endpoint: settings.endpoints[0], health: health)
            #expect(try await read(settings) == [failing, failing, failing])
            settings.endpoints[0].enabledAt = Self.time(6)
            let enabled = StoredEndpoint(
                caller: "service:1", endpoint: settings.endpoints[0], health: EndpointHealth())
            #expect(try await read(settings) == [enabled, enabled, enabled])
            // A fund's is not among those of the services.
            settings.caller = "fund:1"
            #expect(try await read(settings).count == 2)
            settings.endpoints = []
            #expect(try await read(settings) == [nil])
        }
    }

    @Test func `a delivery and its attempts are read as they were stored, by each query`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let pending = DeliveryProgress(
                state: .pending, attempts: 7, step: 2, due: Self.time(11), isForced: true, lastStatus: 503,
                lastError: "e")
            @Sendable func new(_ endpoint: String?) -> NewDelivery {
                NewDelivery(
                    event: "o1", caller: "fund:1", endpoint: endpoint, type: "t", url: "https://A.example/x",
                    body: [1, 2], progress: pending)
            }
            let rows = try await fixture.write { transaction in
                let settings = WebhookSettingsStore(transaction)
                try settings.replace(
                    WebhookSettings(
                        caller: "fund:1", generation: 4, rotatedAt: Self.time(9),
                        endpoints: [WebhookEndpoint(endpointID: "e1", url: "u", enabledAt: Self.time(5))]),
                    from: Self.producer, epoch: 1)
                let store = DeliveryStore(transaction)
                return try [store.insert(new("e1")), store.insert(new(nil)), store.insert(new("e1"))]
            }
            #expect(rows == [1, 2, nil])
            func stored(_ rowID: Int64, _ endpoint: String, _ progress: DeliveryProgress) -> StoredWebhookDelivery {
                StoredWebhookDelivery(
                    rowID: rowID, event: "o1", caller: "fund:1", endpoint: endpoint, type: "t", host: "a.example:443",
                    createdAt: .testStart, progress: progress)
            }
            func read(_ state: DeliveryProgress.State) async throws -> [StoredWebhookDelivery?] {
                try await fixture.write { transaction in
                    let store = DeliveryStore(transaction)
                    let oldest = DeliveryPosition(createdAt: .testStart, rowID: 1)
                    return [try store.delivery(1)]
                        + (try store.deliveries(of: "e1", in: state, after: .first, limit: 9))
                        + (try store.deliveries(of: "e1", in: state, from: oldest, limit: 9))
                }
            }
            let first = stored(1, "e1", pending)
            let late = try await fixture.write { transaction in
                try [10, 11].map { try DeliveryStore(transaction).due(after: Self.time($0), limit: 1) }
            }
            #expect(late == [[first], []])
            #expect(try await read(.pending) == [first, first, first])
            let failed = DeliveryProgress(
                state: .failed, attempts: 8, step: 3, due: nil, isForced: false, lastStatus: nil, lastError: nil)
            try await fixture.write { transaction in
                let store = DeliveryStore(transaction)
                try store.save(failed, of: 1)
                try store.insertAttempt(
                    8, of: 1, at: Self.time(20), took: .milliseconds(30),
                    .answered(status: 404, body: Array(repeating: 5, count: 9_000)))
                try store.insertAttempt(9, of: 1, at: Self.time(21), took: .zero, .failed(.timeout))
            }
            let ended = stored(1, "e1", failed)
            #expect(try await read(.failed) == [ended, ended, ended])
            #expect(try await read(.pending) == [ended])
            let (callback, body, attempts, due) = try fixture.file.pointRead { snapshot in
                let store = DeliveryStore(snapshot)
                return try (
                    store.callback(of: "o1"), store.body(of: 2), store.attempts(of: 1),
                    store.due(to: "a.example:443", at: Self.time(11), limit: 9)
                )
            }
            #expect(callback == stored(2, "", pending))
            #expect(body == [1, 2])
            #expect(attempts.map(\.number) == [8, 9] && attempts.map(\.at) == [Self.time(20), Self.time(21)])
            #expect(attempts.map(\.status) == [404, nil] && attempts.map(\.error) == [nil, "timeout"])
            #expect(attempts.map(\.duration) == [.milliseconds(30), .zero])
            #expect(attempts.map(\.response.count) == [AttemptOutcome.maxBody, 0])
            #expect(due.map(\.rowID) == [2] && due[0].event == "o1" && due[0].caller == "fund:1")
            #expect(due[0].url == "https://A.example/x" && due[0].body == [1, 2] && due[0].attempts == 7)
            #expect(due[0].generation == 4 && due[0].rotatedAt == Self.time(9) && !due[0].isBarred)
        }
    }

    @Test func `deliveries to endpoints that are disabled or deleted are barred, unless the caller asked for one`()
        async throws
    {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let barred = try await fixture.write { transaction in
                let settings = WebhookSettingsStore(transaction)
                let endpoints = ["on", "off", "forced"].map {
                    WebhookEndpoint(endpointID: $0, url: "u", enabledAt: Self.time(5))
                }
                try settings.replace(
                    WebhookSettings(caller: "fund:1", endpoints: endpoints), from: Self.producer, epoch: 1)
                for id in ["off", "forced"] {
                    try settings.save(EndpointHealth(disabledAt: Self.time(3), reason: .gone), of: id)
                }
                let store = DeliveryStore(transaction)
                for id in ["on", "off", "forced", "deleted", nil] {
                    _ = try store.insert(
                        NewDelivery(
                            event: "o1", caller: "fund:1", endpoint: id, type: "t", url: "https://a.example/", body: [],
                            progress: DeliveryProgress(at: Self.time(1), isForced: id == "forced")))
                }
                return try store.due(to: "a.example:443", at: Self.time(1), limit: 9).map(\.isBarred)
            }
            #expect(barred == [false, true, false, true, false])
        }
    }

    @Test func `hosts are found with the time of their first delivery, and the oldest of all`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            try await fixture.write { transaction in
                let store = DeliveryStore(transaction)
                for (number, (host, due)) in [("b", 5), ("a", 9), ("b", 3), ("c", 7)].enumerated() {
                    _ = try store.insert(
                        NewDelivery(
                            event: "\(number)", caller: "fund:1", endpoint: nil, type: "t",
                            url: "https://\(host).example/",
                            body: [], progress: DeliveryProgress(at: Self.time(Int64(due)))))
                }
            }
            try fixture.file.pointRead { snapshot in
                let store = DeliveryStore(snapshot)
                let first = try store.hosts(after: "", limit: 2)
                #expect(first.map(\.host) == ["a.example:443", "b.example:443"])
                #expect(first.map(\.due) == [Self.time(9), Self.time(3)])
                #expect(try store.hosts(after: "b.example:443", limit: 9).map(\.host) == ["c.example:443"])
                #expect(try store.nextDue(to: "b.example:443", after: Self.time(3)) == Self.time(5))
                #expect(try store.nextDue(to: "b.example:443", after: Self.time(5)) == nil)
                #expect(try store.oldestDue() == Self.time(3))
            }
        }
    }

    @Test func `the last attempts of a delivery are kept`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let numbers = try await fixture.write { transaction in
                let store = DeliveryStore(transaction)
                let rowID = try store.insert(
                    NewDelivery(
                        event: "o", caller: "c", endpoint: nil, type: "t", url: "u", body: [],
                        progress: DeliveryProgress(at: Self.time(1))))
                for number in 1...30 {
                    try store.insertAttempt(
                        number, of: try #require(rowID), at: Self.time(1), took: .zero, .failed(.timeout))
                }
                return try store.attempts(of: 1).map(\.number)
            }
            #expect(numbers == Array(11...30))
        }
    }

    @Test func `an application of an earlier version has no fund until ApplicationService says it`() async throws {
        let folder = try TemporaryFolder("upgrade")
        let address = Address(service: .notifier, partition: Partition(number: 0))
        func open(_ migrations: Int) throws -> LedgerFile {
            try LedgerFile(
                address: address, directory: folder.path, partitions: 1,
                migrations: Array(LedgerMigration.notifier.prefix(migrations)), now: .testStart,
                lockTimeout: .seconds(3))
        }
        let old = try open(5)
        try await old.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO application (key, name, date, start_time, end_time, time_zone, cancelled, edition,
                        moved_in, moved_at, has_early)
                    VALUES ('a', 'Park', '2027-01-02', '10:00:00', '12:00:00', 'UTC', 0, 1, 1, 0, 0)
                    """)
        }
        old.close()
        let file = try open(LedgerMigration.notifier.count)
        defer { file.close() }
        let stored = try file.pointRead { try NotifierStore($0).application(.trusted("a")) }
        #expect(stored?.fund == nil && stored?.application.name == "Park")
        #expect(try file.pointRead { try DeliveryStore($0).oldestDue() } == nil)
    }

    @Test func `the fund of an application is read as it was inserted and as it was changed`() async throws {
        try await StoreFixture.run(.notifier, LedgerMigration.notifier) { fixture in
            let funds = try await fixture.write { transaction in
                let store = NotifierStore(transaction)
                let schedule = ApplicationSchedule(
                    date: CivilDate(year: 2027, month: 3, day: 28)!,
                    startTime: CivilTime(hour: 1, minute: 0, second: 0)!,
                    endTime: CivilTime(hour: 2, minute: 0, second: 0)!, timeZone: "UTC")
                let id = ID.trusted("a")
                try store.insert(
                    ApplicationSnapshot(id: id, name: "Park", schedule: schedule), hasBuffered: false,
                    fund: .trusted("f"))
                var funds: [ID?] = []
                for fund in [nil, ID.trusted("g")] {
                    let stored = try #require(try store.application(id))
                    funds.append(stored.fund)
                    try store.setFund(fund, of: stored)
                }
                return funds + [try store.application(rowID: 1)?.fund]
            }
            #expect(funds == [.trusted("f"), .trusted("f"), .trusted("g")])
        }
    }
}
