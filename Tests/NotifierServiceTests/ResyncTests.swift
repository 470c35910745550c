import Contracts
import Ledger
import TestSupport
import Testing

/// ApplicationService sends its state (contract section 6).
@Suite struct ResyncTests {
    private let park = GivenApplication()

    @Test func `a new file takes everything over, tells nothing, and plans the reminders still to come`() async throws {
        try await NotifierFixture.World().run { notifier in
            let soon = GivenApplication(id: "soon", startsIn: 10)
            try await notifier.receive(
                [
                    park.state([.confirmed("v1"), .waiting("v2", offer: 50)], restored: true),
                    soon.state([.confirmed("v3")], restored: true),
                    GivenApplication(id: "over", startsIn: -10).state([.confirmed("v4")], restored: true),
                    GivenApplication(id: "off", isCancelled: true).state([.confirmed("v5")], restored: true),
                    .complete(restored: true),
                ], epoch: 1)
            try await notifier.settle()
            #expect(try notifier.told() == [])
            #expect(try notifier.standings() == ["v1 confirmed", "v2 waiting"])
            #expect(try notifier.standings(of: "over") == ["v4 confirmed"])
            #expect(try notifier.reminders() == [8, 76, 98])
            try await notifier.receive([park.told("v2", .notChosen), park.cancel], epoch: 1)
            #expect(try notifier.told() == ["v2: not_chosen"])
        }
    }

    @Test func `a change that the lost file had not applied is told to those whom the state names`() async throws {
        try await NotifierFixture.World().run { notifier in
            let renamed = UpdateVolunteerApplication(applicationID: .trusted("a"), name: "Renamed")
            let more = UpdateVolunteerApplication(applicationID: .trusted("a"), availableSpots: 9)
            let park = GivenApplication(name: "Renamed")
            try await notifier.receive(
                [
                    .update(more), .update(renamed), park.told("v3", .confirmed),
                    park.state([.confirmed("v1"), .waiting("v2"), .confirmed("v3")], restored: false),
                    .complete(restored: false),
                ], epoch: 1)
            try await notifier.settle()
            #expect(try notifier.told().sorted() == ["v1: changed", "v2: changed", "v3: confirmed"])
            try await notifier.receive([.update(more)], epoch: 1)
            try await notifier.settle()
            #expect(try notifier.told().count == 3)
        }
    }

    @Test func `what a restored ApplicationService knows differently is told once`() async throws {
        try await NotifierFixture.World().run { notifier in
            let forest = GivenApplication(id: "b")
            try await notifier.receive(
                [
                    park.create, park.told("v1", .confirmed), park.told("v2", .waiting),
                    park.told("v3", .available, offer: 50), park.told("v4", .confirmed),
                    park.told("v5", .available, offer: 50), park.told("v6", .waiting), park.told("v7", .confirmed),
                    park.left("v7"), park.told("v8", .waiting), forest.create, forest.told("v1", .confirmed),
                    forest.told("v9", .waiting),
                ], epoch: 1)
            let before = try notifier.told().count
            let state = park.state(
                [
                    .waiting("v1"), .confirmed("v2"), .waiting("v3"), .waiting("v5", offer: 60), .waiting("v6"),
                    .confirmed("v7"), .waiting("new"),
                ], restored: true)
            try await notifier.receive([state, .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            let told = [
                "v1: confirmed", "v1: confirmed", "v1: refused", "v1: waiting", "v2: confirmed", "v2: waiting",
                "v3: not_chosen", "v3: spot_available", "v4: confirmed", "v4: refused", "v5: spot_available",
                "v5: spot_available", "v6: waiting", "v7: confirmed", "v7: confirmed", "v8: refused", "v8: waiting",
                "v9: refused", "v9: waiting",
            ]
            #expect(before == 10)
            #expect(try notifier.told().sorted() == told)
            #expect(
                try notifier.standings() == [
                    "new waiting", "v1 waiting", "v2 confirmed", "v3 waiting", "v5 waiting", "v6 waiting",
                    "v7 confirmed",
                ])
            #expect(try notifier.reminders() == [76, 76, 98, 98], "of v2 and v7")
            #expect(try notifier.count("SELECT count(*) FROM application WHERE key = 'b'") == 0)
            // Once more, because the state was not complete when ApplicationService was restored again.
            try await notifier.receive([state, .complete(restored: true)], epoch: 3)
            try await notifier.settle()
            #expect(try notifier.told().sorted() == told)
        }
    }

    @Test(arguments: [true, false])
    func `an application that has changed is told of only if ApplicationService was restored`(
        _ isRestored: Bool
    ) async throws {
        try await NotifierFixture.World().run { notifier in
            let other = GivenApplication(name: "Forest", startsIn: 200)
            try await notifier.receive(
                [park.create, park.told("v1", .confirmed), park.told("v2", .waiting)], epoch: 1)
            try await notifier.receive(
                [
                    other.state([.confirmed("v1"), .waiting("v2")], restored: isRestored),
                    .complete(restored: isRestored), other.rename("Wood"),
                ], epoch: 2)
            try await notifier.settle()
            let changes = isRestored ? 2 : 1
            for user in ["v1", "v2"] {
                #expect(try notifier.told().filter { $0 == "\(user): changed" }.count == changes)
            }
            #expect(try notifier.told().count == 2 + 2 * changes)
            #expect(try notifier.reminders() == [176, 198])
        }
    }

    @Test func `a cancellation is undone also for users of whom a new file knew nothing else`() async throws {
        try await NotifierFixture.World().run { notifier in
            let cancelled = GivenApplication(isCancelled: true)
            try await notifier.receive([cancelled.state([], restored: false), .complete(restored: false)], epoch: 1)
            try await notifier.receive([park.told("v1", .cancelled), park.told("v2", .cancelled)], epoch: 1)
            try await notifier.receive(
                [park.state([.confirmed("v1"), .waiting("v2")], restored: true), .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            let told = ["v1: cancelled", "v1: confirmed", "v2: cancelled", "v2: waiting"]
            #expect(try notifier.told().sorted() == told)
        }
    }

    /// ApplicationService has been told of the cancellation after it was restored, and before the services agree again.
    @Test func `a user whom only a lost file of ApplicationService knew is told of the cancellation`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [park.create, park.told("v1", .confirmed), park.told("v2", .waiting)], epoch: 1)
            let cancelled = GivenApplication(isCancelled: true)
            try await notifier.receive(
                [cancelled.state([.confirmed("v1")], restored: true), .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            try await notifier.receive([park.told("v1", .cancelled)], epoch: 2)
            let told = try notifier.told()
            #expect(told == ["v1: confirmed", "v1: cancelled", "v2: waiting", "v2: cancelled"])
            #expect(try notifier.reminders() == [])
        }
    }

    @Test func `a cancellation that a restored ApplicationService does not know is undone`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [
                    park.create, park.told("v1", .confirmed), park.told("v2", .waiting), park.cancel,
                    park.told("v1", .cancelled), park.told("v2", .cancelled),
                ], epoch: 1)
            #expect(try notifier.reminders() == [])
            try await notifier.receive(
                [park.state([.confirmed("v1"), .waiting("v2")], restored: true), .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            #expect(
                try notifier.told() == [
                    "v1: confirmed", "v1: cancelled", "v1: confirmed", "v2: waiting", "v2: cancelled", "v2: waiting",
                ])
            #expect(try notifier.reminders() == [76, 98])
        }
    }

    @Test func `an older file of NotifierService is brought up to date in silence`() async throws {
        try await NotifierFixture.World().run { notifier in
            let forest = GivenApplication(id: "b")
            try await notifier.receive(
                [
                    park.create, park.told("v1", .confirmed), park.told("v2", .available, offer: 50),
                    park.told("v3", .confirmed), forest.create, forest.told("v4", .confirmed),
                ], epoch: 1)
            let before = try notifier.told()
            try await notifier.receive(
                [
                    park.state([.waiting("v1", offer: 60), .confirmed("v2"), .confirmed("v5")], restored: false),
                    .complete(restored: false),
                ], epoch: 2)
            try await notifier.settle()
            #expect(try notifier.told() == before)
            #expect(try notifier.standings() == ["v1 waiting", "v2 confirmed", "v5 confirmed"])
            #expect(try notifier.reminders() == [76, 76, 98, 98])
            #expect(try notifier.count("SELECT count(*) FROM application WHERE key = 'b'") == 0)
            // What it took over counts as told.
            try await notifier.receive(
                [park.state([.waiting("v1", offer: 60), .confirmed("v2")], restored: true)], epoch: 3)
            #expect(try notifier.told() == before)
        }
    }

    @Test func `who joins while the state is sent is named by messages, and who is refused is not`() async throws {
        try await NotifierFixture.World().run { notifier in
            let forest = GivenApplication(id: "b")
            let third = GivenApplication(id: "c")
            try await notifier.receive(
                [
                    park.create, park.told("v1", .confirmed), park.told("v2", .waiting), park.told("v3", .confirmed),
                    forest.create, forest.told("v4", .waiting), third.create, third.told("v7", .waiting),
                ], epoch: 1)
            try await notifier.receive(
                [
                    park.state([.confirmed("v1")], restored: true), park.told("v2", .waiting), forest.create,
                    forest.told("v5", .confirmed), park.told("v3", .refused, reason: .tooManyChanges),
                    third.told("v6", .refused, reason: .unknownApplication), .complete(restored: true),
                ], epoch: 2)
            try await notifier.settle()
            #expect(try notifier.standings() == ["v1 confirmed", "v2 waiting"])
            #expect(try notifier.standings(of: "b") == ["v5 confirmed"])
            #expect(try notifier.count("SELECT count(*) FROM application WHERE key = 'c'") == 0)
            #expect(
                try notifier.told() == [
                    "v1: confirmed", "v2: waiting", "v2: waiting", "v3: confirmed", "v3: refused", "v3: refused",
                    "v4: waiting", "v4: refused", "v5: confirmed", "v6: refused", "v7: waiting", "v7: refused",
                ])
        }
    }

    @Test func `an application that is created once more keeps its id, and is told of as it is now`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [park.create, park.told("v1", .confirmed), park.told("v2", .confirmed)], epoch: 1)
            let again = GivenApplication(name: "Forest", startsIn: 200)
            try await notifier.receive(
                [again.create, again.told("v1", .confirmed), .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            try await notifier.receive([park.create], epoch: 2)
            #expect(
                try notifier.told() == [
                    "v1: confirmed", "v1: changed", "v1: confirmed", "v2: confirmed", "v2: changed", "v2: refused",
                ])
            #expect(try notifier.reminders() == [176, 198])
        }
    }

    @Test func `messages before an application's state are applied before it, and others go on waiting`() async throws {
        try await NotifierFixture.World().run { notifier in
            let unknown = GivenApplication(id: "z")
            try await notifier.receive(
                [
                    park.told("v1", .confirmed), unknown.told("v9", .confirmed), park.told("v2", .confirmed),
                    park.left("v2"), park.state([.confirmed("v1"), .waiting("v3")], restored: false),
                    .complete(restored: false),
                ], epoch: 1)
            try await notifier.settle()
            #expect(try notifier.told() == ["v1: confirmed", "v2: confirmed"])
            #expect(try notifier.standings() == ["v1 confirmed", "v3 waiting"])
            #expect(try notifier.count("SELECT count(*) FROM early") == 1)
            #expect(try notifier.count("SELECT count(*) FROM timer WHERE kind = 'early'") == 1)
        }
    }

    @Test func `reminders wait for the state, which may cancel them`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [park.create, park.told("v1", .confirmed), park.told("v2", .confirmed)], epoch: 1)
            try await notifier.receive([park.state([.confirmed("v1")], restored: false)], epoch: 2)
            #expect(try notifier.file.resyncingStreams().count == 1)
            try await notifier.pass(.seconds(77 * 3600))
            #expect(try notifier.told() == ["v1: confirmed", "v2: confirmed"])
            try await notifier.receive([.complete(restored: false)], epoch: 2)
            #expect(try notifier.file.resyncingStreams() == [])
            try await notifier.settle()
            #expect(try notifier.told() == ["v1: confirmed", "v1: reminder", "v2: confirmed"])
        }
    }

    @Test func `the end of a state that has begun again ends nothing`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [park.create, park.told("v1", .confirmed), park.told("v2", .confirmed)], epoch: 1)
            let superseded = Message.stateComplete(StateComplete(isRestored: true, isSuperseded: true))
            try await notifier.receive([superseded], epoch: 2)
            try await notifier.settle()
            #expect(try notifier.standings() == ["v1 confirmed", "v2 confirmed"])
            #expect(try notifier.file.resyncingStreams().count == 1)
            try await notifier.receive(
                [park.state([.confirmed("v1")], restored: true), .complete(restored: true)], epoch: 2)
            try await notifier.settle()
            #expect(try notifier.standings() == ["v1 confirmed"])
            #expect(try notifier.file.resyncingStreams() == [])
        }
    }
}
