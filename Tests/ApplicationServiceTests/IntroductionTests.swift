import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// An application goes to the partitions of NotifierService that have somebody of it, and to no others (contract
/// section 3).
@Suite struct IntroductionTests {
    private typealias Fixture = NotifierFixture
    private static let id = NotifierFixture.application
    private static let rename = Message.update(UpdateVolunteerApplication(applicationID: id, name: "Forest"))
    private static let cancel = Message.cancel(CancelVolunteerApplication(applicationID: id, reason: "rain"))

    @Test func `a create goes to no partition; the first message to one brings it, once`() async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            #expect(try fixture.actions() == [[], [], [], []])
            try await fixture.accept(Fixture.volunteer(1, in: 1))
            #expect(try fixture.actions() == [[], [.create, .spotStatus], [], []])
            // No one is told anything before WaitlistService's answer.
            let (same, other) = (Fixture.volunteer(2, in: 1), Fixture.volunteer(3, in: 2))
            try await fixture.accept(same)
            try await fixture.accept(other)
            #expect(try fixture.known() == [1])
            try await fixture.list(same)
            try await fixture.list(other)
            #expect(
                try fixture.actions() == [[], [.create, .spotStatus, .spotStatus], [.create, .spotStatus], []])
            #expect(try fixture.known() == [1, 2])
        }
    }

    @Test func `a change goes to those partitions; what a later one is sent has the change`() async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            try await fixture.accept(Fixture.volunteer(1, in: 1))
            try await fixture.receive(Self.rename)
            #expect(try fixture.actions() == [[], [.create, .spotStatus, .update], [], []])
            let late = Fixture.volunteer(2, in: 2)
            try await fixture.accept(late)
            try await fixture.list(late)
            guard case .create(let create) = try fixture.sent(to: 2).first else {
                Issue.record("no create")
                return
            }
            #expect(create.name == "Forest" && create.timeZone == "UTC" && create.startsAt != nil)
        }
    }

    @Test func `a cancellation goes to those partitions; a later one is sent it with the create`() async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            let told = Fixture.volunteer(1, in: 1)
            try await fixture.accept(told)
            // Waits for WaitlistService's answer, which comes after the cancellation.
            let waiting = Fixture.volunteer(2, in: 2)
            try await fixture.accept(waiting)
            try await fixture.receive(Self.cancel)
            try await eventually("the cancellation has reached everyone") {
                // Nothing leaves the outbox here, so each step waits its longest time.
                fixture.store.clock.advance(.seconds(1))
                try await fixture.store.write { _ in }
                return try fixture.sent(to: 2).count == 3 && fixture.sent(to: 1).count == 4
            }
            #expect(try fixture.actions()[1] == [.create, .spotStatus, .cancel, .spotStatus])
            #expect(try fixture.actions()[2] == [.create, .cancel, .spotStatus])
            #expect(try fixture.sent(to: 2)[1] == Self.cancel)
            let refused = Disposition.refused(reason: RefusalReason.applicationCancelled.rawValue)
            try await fixture.accept(Fixture.volunteer(3, in: 3), as: refused)
            #expect(try fixture.actions()[3] == [.create, .cancel, .spotStatus])
            #expect(try fixture.actions()[0] == [])
        }
    }

    @Test func `a refusal about an unknown application comes without a create`() async throws {
        try await Fixture.run { fixture in
            let refused = Disposition.refused(reason: RefusalReason.unknownApplication.rawValue)
            try await fixture.accept(Fixture.volunteer(1, in: 1), as: refused)
            #expect(try fixture.actions() == [[], [.spotStatus], [], []])
            try await fixture.receive(.create(Self.id))
            try await fixture.accept(Fixture.volunteer(1, in: 1))
            #expect(try fixture.actions()[1] == [.spotStatus, .create, .spotStatus])
        }
    }

    @Test func `an application that an earlier version stored is known to every partition`() async throws {
        try await Fixture.run { fixture in
            try await fixture.store.write { transaction in
                guard case .create(let create) = Message.create(Self.id) else { return }
                let created = SpotAllocation.create(
                    create, digest: create.digest, defaultZone: "UTC", now: transaction.now)
                try ApplicationStore(transaction).insert(created.application)
                try transaction.execute("UPDATE application SET notifiers = NULL")
            }
            try await fixture.receive(Self.rename)
            try await fixture.accept(Fixture.volunteer(1, in: 1))
            #expect(try fixture.actions() == [[.update], [.update, .spotStatus], [.update], [.update]])
        }
    }

    /// The cache is copied before each input, so that a failing input can be undone.
    @Test func `a copy of the cache keeps what was sent, and not what is sent afterwards`() throws {
        guard case .create(let create) = Message.create(Self.id) else { return }
        let created = SpotAllocation.create(create, digest: "", defaultZone: "UTC", now: .testStart)
        let cache = ApplicationCache()
        let cached = CachedApplication(
            StoredApplication(rowID: 1, application: created.application, notifiers: .none))
        cache.insert(cached)
        cache.add(notifier: Partition(number: 1), to: cached)
        let copy = cache.copy()
        cache.add(notifier: Partition(number: 2), to: cached)
        #expect(copy[Self.id]?.notifiers.column == [0b10])
        var written: [[UInt8]?] = []
        try copy.flush { written.append($0.notifiers.column) }
        try cache.flush { written.append($0.notifiers.column) }
        #expect(written == [[0b10], [0b110]])
        #expect(cached.persisted.notifiers.column == [0b110] && !cached.isChanged)
    }
}
