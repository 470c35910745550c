import ApplicationDomain
import Contracts
import GRDB
import Ledger
import NotifierDomain
import TestSupport
import Testing
import Wording

@testable import ApplicationService
@testable import NotifierService
@testable import WaitlistService

/// What is over for longer than `RETENTION` is deleted in every service, and nothing else (contract section 7).
@Suite struct ForgettingTests {
    private let id = ID.trusted("a1")

    /// An application with one confirmed and two waiting volunteers, whose round of offers has been through.
    private func create(_ services: Services) async throws {
        try await services.send(.create(id, start: .start))
        for volunteer in ["v1", "v2", "v3"] { try await services.send(.respond(volunteer, id)) }
        try await services.send(.respond("v1", id, .declined))
        try await services.send(.respond("v2", id))
    }

    private func applications(_ services: Services) throws -> [Int] {
        [
            try services.application.count("application"), try services.waitlist.count("list"),
            try services.notifier.count("application"),
        ]
    }

    @Test func `an application is forgotten RETENTION after its start, by the others a day later`() async throws {
        try await Services.World().run { services in
            try await create(services)
            #expect(try services.waitlist.count("entry") == 1)
            #expect(try services.notifier.count("timer") == 1, "a reminder")
            try await services.pass(.days(374))
            #expect(try applications(services) == [1, 1, 1], "a day before the year after the start")
            try await services.pass(.seconds(86_400 + 120))
            #expect(try applications(services) == [0, 1, 1])
            try await services.pass(.days(1))
            #expect(try applications(services) == [0, 0, 0])
            #expect(try services.application.count("member") == 0)
            for table in ["entry", "round", "timer"] { #expect(try services.waitlist.count(table) == 0, "\(table)") }
            for table in ["audience", "edition", "reminder", "timer"] {
                #expect(try services.notifier.count(table) == 0, "\(table)")
            }
            #expect(try services.application.forgotten("members") == 3)
            #expect(try services.application.forgotten("applications") == 1)
            #expect(try services.waitlist.forgotten("entries") == 1)
            #expect(try services.waitlist.forgotten("lists") == 1)
            #expect(try services.notifier.forgotten("recipients") == 3)
            #expect(try services.notifier.forgotten("applications") == 1)
        }
    }

    @Test func `a cancelled application is forgotten RETENTION after the cancellation`() async throws {
        try await Services.World().run { services in
            try await services.send(.create(id, start: .start.advanced(by: .days(3650))))
            for volunteer in ["v1", "v2"] { try await services.send(.respond(volunteer, id)) }
            try await services.pass(.days(20))
            try await services.send(.cancel(id))
            try await services.pass(.days(364))
            #expect(try applications(services) == [1, 1, 1])
            try await services.pass(.days(3))
            #expect(try applications(services) == [0, 0, 0])
            #expect(try services.waitlist.count("entry") == 0)
            #expect(try services.notifier.count("audience") == 0)
        }
    }

    @Test func `an application that was created or changed after its start is kept RETENTION from then on`()
        async throws
    {
        try await Services.World().run { services in
            try await services.send(.create(id, start: Timestamp.start.advanced(by: .days(-3650))))
            // NotifierService hears of it with the refusal.
            try await services.send(.respond("v1", id))
            try await services.pass(.days(100))
            #expect(try applications(services) == [1, 1, 1])
            try await services.send(.update(UpdateVolunteerApplication(applicationID: id, name: "Forest")))
            try await services.pass(.days(364))
            #expect(try applications(services).first == 1)
            try await services.pass(.days(3))
            #expect(try applications(services) == [0, 0, 0])
        }
    }

    @Test func `preferences are kept RETENTION after they were set, and longer while the inbox is in use`()
        async throws
    {
        try await Services.World().run { services in
            let preferences = NotificationPreferences(language: .ru)
            try await services.notifier.writer.perform { transaction in
                for user in ["v1", "v9"] { try PreferencesStore(transaction).replace(preferences, of: .trusted(user)) }
            }
            func kept(_ user: String) throws -> Bool {
                try services.notifier.file.pointRead {
                    try PreferencesStore($0).preferences(of: .trusted(user)) == preferences
                }
            }
            try await services.pass(.days(300))
            try await services.send(.create(id, start: services.world.wall.now.advanced(by: .days(1))))
            try await services.send(.respond("v1", id))
            try await services.pass(.days(64))
            #expect(try kept("v1") && kept("v9"))
            try await services.pass(.days(2))
            #expect(try kept("v1") && !kept("v9"))
            try await services.pass(.days(360))
            #expect(try kept("v1"))
            try await services.pass(.days(10))
            #expect(try !kept("v1"))
            #expect(try services.notifier.forgotten("preferences") == 2)
        }
    }

    @Test func `an application that is still to come is kept, however old`() async throws {
        try await Services.World().run { services in
            try await services.send(.create(id, start: Timestamp.start.advanced(by: .days(3650))))
            for volunteer in ["v1", "v2"] { try await services.send(.respond(volunteer, id)) }
            try await services.pass(.days(3000))
            #expect(try applications(services) == [1, 1, 1])
            #expect(try services.isInStep(id))
            try await services.send(.respond("v1", id, .declined))
            try await services.send(.respond("v2", id))
            #expect(try services.waitlist.count("entry") == 0, "the offer was claimed")
        }
    }

    @Test func `with RETENTION none nothing is forgotten`() async throws {
        var world = try Services.World()
        world.retention = nil
        try await world.run { services in
            try await create(services)
            try await services.pass(.days(36_500))
            #expect(try applications(services) == [1, 1, 1])
            #expect(try services.application.count("member") == 3)
        }
    }

    @Test func `what is over but in use is kept until it is not`() async throws {
        try await Services.World().run { services in
            try await create(services)
            // A command that WaitlistService has never answered.
            let operation = CommandOperation(
                id: OperationID(in: Partition(number: 0), at: .testStart, random: (1, 2)), caller: "c", kind: .response,
                application: id, volunteer: .trusted("v9"), createdAt: .testStart, updatedAt: .testStart,
                state: .pending)
            try await services.application.writer.perform { try OperationStore($0).insert(operation) }
            try await services.waitlist.writer.perform { try $0.db.execute(sql: "UPDATE list SET reserved = 1") }
            try await services.notifier.writer.perform {
                try $0.db.execute(sql: "UPDATE application SET has_early = 1")
            }
            try await services.pass(.days(400))
            #expect(try applications(services) == [1, 1, 1])
            try await services.application.writer.perform { transaction in
                _ = try OperationStore(transaction).end(of: .trusted("v9"), in: .trusted("a1"), with: .declined)
            }
            try await services.waitlist.writer.perform { try $0.db.execute(sql: "UPDATE list SET reserved = 0") }
            try await services.notifier.writer.perform {
                try $0.db.execute(sql: "UPDATE application SET has_early = 0")
            }
            try await services.pass(.days(3))
            #expect(try applications(services) == [0, 0, 0])
        }
    }

    @Test func `many members are deleted step by step, also across a restart, and no id finds half an application`()
        async throws
    {
        var world = try Services.World()
        world.retention = nil
        let members = 3 * Forgetting.stepRows + 7
        try await world.run { services in
            try await services.send(.create(id, spots: 2, start: .start))
            try await services.application.writer.perform { transaction in
                for number in 1...members {
                    let member = Member(volunteer: .trusted("v\(number)"), standing: .declined, since: .testStart)
                    try ApplicationStore(transaction).save(member, over: nil, of: 1)
                }
            }
            let limit = Timestamp.start.advanced(by: .seconds(1))
            world.wall.advance(.days(20))
            try await services.settle()
            var left = members
            while left > members / 2 {
                let handler = services.application.handler
                let hasMore = try await services.application.writer.perform {
                    try handler.forget(before: limit, in: $0)
                }
                #expect(hasMore)
                let before = left
                left = try services.application.count("member")
                #expect(before - left <= Forgetting.stepRows)
                let found = try services.application.file.pointRead { snapshot in
                    let store = ApplicationStore(snapshot)
                    return try (
                        store.application(.trusted("a1")) != nil,
                        store.applications(ApplicationFilter(), in: Partition(number: 0), limit: 9, now: world.wall.now)
                            .found.count,
                        store.responses(of: .trusted("v\(members)"), after: 0, limit: 9).count
                    )
                }
                #expect(!found.0)
                #expect(found.1 == 0)
                #expect(found.2 == 0)
            }
            #expect(left > 0)
        }
        world.retention = .days(365)
        try await world.run { services in
            try await services.settle()
            #expect(try services.application.count("member") == 0)
            #expect(try services.application.count("application") == 0)
            #expect(try services.application.forgotten("members") == Int64(members))
        }
    }

    @Test func `the space of what was forgotten is used again`() async throws {
        try await Services.World().run { services in
            var sizes: [Int] = []
            for year in 0..<3 {
                let start = services.world.wall.now.advanced(by: .days(1))
                try await services.application.writer.perform { transaction in
                    let spots = SpotTransaction(
                        ApplicationPolicy(partitions: 1, timeZone: "UTC", changesPerHour: 3), transaction,
                        OperationEvents(waiters: OperationWaiters()))
                    for number in 1...200 {
                        guard case .create(let create) = try Message.create(.trusted("\(year)-\(number)"), start: start)
                        else { return }
                        _ = try spots.create(create)
                    }
                }
                try await services.settle()
                sizes.append(try services.application.pages())
                try await services.pass(.days(2))
                try await services.pass(.days(370))
            }
            #expect(try applications(services) == [0, 0, 0])
            #expect(sizes[2] <= sizes[0] + sizes[0] / 10, "\(sizes)")
        }
    }
}

extension Services.Node {
    /// The size of the file.
    fileprivate func pages() throws -> Int {
        try file.pool.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
    }
}
