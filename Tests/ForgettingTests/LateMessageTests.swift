import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService
@testable import NotifierService
@testable import WaitlistService

/// Messages about an application that is forgotten, by one service or by all, and clocks that disagree.
@Suite struct LateMessageTests {
    private let id = ID.trusted("a1")
    private let unknown = Disposition.refused(reason: RefusalReason.unknownApplication.rawValue)

    private func create(_ services: Services) async throws {
        try await services.send(.create(id, start: .start))
        for volunteer in ["v1", "v2", "v3"] { try await services.send(.respond(volunteer, id)) }
    }

    private func exists(_ services: Services) throws -> [Bool] {
        let id = id
        return [
            try services.application.file.pointRead { try ApplicationStore($0).application(id) != nil },
            try services.waitlist.file.pointRead { try WaitlistStore($0).list(id) != nil },
            try services.notifier.file.pointRead { try NotifierStore($0).application(id) != nil },
        ]
    }

    @Test func `commands about a forgotten application are refused, and nothing comes back`() async throws {
        try await Services.World().run { services in
            try await create(services)
            try await services.pass(.days(380))
            try await services.pass(.days(1))
            #expect(try exists(services) == [false, false, false])
            for message in [
                .respond("v1", id), .respond("v9", id, .declined), .cancel(id),
                try .move(id, to: services.world.wall.now.advanced(by: .days(1))),
            ] as [Message] {
                #expect(try await services.send(message) == unknown, "\(message)")
            }
            #expect(try exists(services) == [false, false, false])
            #expect(try services.notifier.count("early") == 0, "no message waits for a create that never comes")
        }
    }

    @Test func `late answers of WaitlistService create nothing`() async throws {
        try await Services.World().run { services in
            try await create(services)
            try await services.pass(.days(380))
            let record = WaitingListRecord(
                userID: .trusted("v2"), applicationID: id, timestamp: .instant(.testStart), position: 1)
            let free = NotifyFreeSpot(
                applicationID: id, availableSpots: 1, waitingVolunteers: [.trusted("v2")], release: 1,
                expiresAt: .instant(.latest), seen: 9)
            let waitlist = services.waitlist.file.address
            try await services.waitlist.writer.perform { transaction in
                let application = Address(service: .application, partition: waitlist.partition)
                transaction.emit(.waitingListRecord(record), to: application)
                transaction.emit(.notifyFreeSpot(free), to: application)
            }
            try await services.settle()
            #expect(try services.application.count("application") == 0)
            #expect(try services.application.count("member") == 0)
        }
    }

    /// - Parameter days: after the start. ApplicationService forgets after 365 days, the others after 366.
    @Test(arguments: [366, 390]) func `the id of a forgotten application can be used for another one`(
        days: Int
    )
        async throws
    {
        try await Services.World().run { services in
            try await create(services)
            try await services.send(.respond("v1", id, .declined))
            try await services.pass(.days(12))
            try await services.pass(.seconds((days - 2) * 86_400 - 3600))
            let isKnown = days == 366
            #expect(try exists(services) == [false, isKnown, isKnown])
            try await services.send(.create(id, start: services.world.wall.now.advanced(by: .days(30))))
            #expect(try exists(services) == [true, true, isKnown], "NotifierService has at most the old one")
            #expect(try services.isInStep(id))
            for volunteer in ["w1", "w2"] { try await services.send(.respond(volunteer, id)) }
            try await services.send(.respond("w1", id, .declined))
            #expect(try services.isInStep(id))
            try await services.send(.respond("w2", id))
            #expect(try services.isInStep(id), "the offer of the new list was claimed")
            #expect(try services.waitlist.count("entry") == (isKnown ? 2 : 0), "those of the old list are left")
            try await services.pass(.days(2))
            #expect(try exists(services) == [true, true, true])
            #expect(try services.waitlist.count("list") == 1)
            #expect(try services.waitlist.count("entry") == 0)
            #expect(try services.notifier.count("application") == 1)
            #expect(try services.notifier.count("audience") == 2)
        }
    }

    @Test func `a create for a list that is not over keeps the list`() async throws {
        try await Services.World().run { services in
            try await create(services)
            let waitlist = services.waitlist.file.address
            let create = try Message.create(id, start: .start)
            try await services.application.writer.perform { $0.emit(create, to: waitlist) }
            try await services.settle()
            #expect(try services.waitlist.count("list") == 1)
            #expect(try services.waitlist.count("entry") == 2)
        }
    }

    @Test func `an application cannot be moved into the future when it is past RETENTION by any clock`() async throws {
        try await Services.World().run { services in
            try await create(services)
            // The service was stopped for more than a year: its calendar follows within days.
            services.world.wall.advance(.days(400))
            services.world.monotonic.advance(.seconds(1))
            #expect(try await services.send(.move(id, to: Timestamp.start.advanced(by: .days(3650)))) == unknown)
            #expect(try exists(services) == [true, true, true])
            try await services.pass(.days(30))
            #expect(try exists(services) == [false, false, false])
        }
    }

    @Test func `a service that forgets earlier than ApplicationService refuses what it does not know, and goes on`()
        async throws
    {
        var world = try Services.World()
        world.retentions = [.waitlist: .days(30), .notifier: .days(30)]
        try await world.run { services in
            try await create(services)
            try await services.pass(.days(60))
            try await services.pass(.days(1))
            #expect(try exists(services) == [true, false, false])
            // Neither throws, so nothing is blocked.
            try await services.send(.move(id, to: services.world.wall.now.advanced(by: .days(30))))
            try await services.send(.respond("v1", id, .declined))
            #expect(try exists(services) == [true, false, false])
        }
    }

    @Test(arguments: [3650, -3650]) func `a wrong clock forgets nothing, and stops forgetting only while it is wrong`(
        days: Int
    ) async throws {
        let world = try Services.World()
        try await world.run { services in
            try await create(services)
            world.wall.advance(.days(days))
            for _ in 1...3 { try await services.pass(.seconds(3600)) }
            #expect(try exists(services) == [true, true, true])
            // Cancelled and created while the clock is wrong.
            try await services.send(.create(.trusted("wrong"), start: .start))
            try await services.send(.cancel(.trusted("wrong")))
        }
        try await world.run { services in
            try await services.pass(.seconds(3600))
            world.wall.advance(.days(-days))
            try await services.pass(.seconds(3600))
            #expect(try exists(services) == [true, true, true])
            #expect(try services.application.count("application") == 2)
            try await services.pass(.days(360))
            #expect(try exists(services) == [true, true, true])
            #expect(try services.application.count("application") == 2, "not forgotten early")
            // What was cancelled by a clock that was ahead is kept at most a year longer.
            try await services.pass(.days(740))
            try await services.pass(.days(2))
            #expect(try services.application.count("application") == 0)
            #expect(try services.waitlist.count("list") == 0)
            #expect(try services.notifier.count("application") == 0)
        }
    }
}
