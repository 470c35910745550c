import ApplicationDomain
import Contracts
import Testing

/// Rule 4: who is removed by somebody else, and who changes their mind too often.
@Suite struct ChangeTests {
    @Test(arguments: [Member.confirmed, .waiting()])
    func `rule 4: whoever is removed by somebody else is told so, and by whom is recorded`(member: Member) {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, confirmed: 1, waiting: 2)), member: member, now: at(5))
        #expect(allocation.respond(volunteer, .declined, by: "fund:1") == nil)
        #expect(allocation.member?.removedBy == "fund:1")
        #expect(
            allocation.sentMessages.filter { $0.hasPrefix("volunteer") }
                == ["volunteer 5: 5 declined", "volunteer 5: отклонено because removed_by_organiser"])
        #expect(allocation.respond(volunteer, .declined, by: "fund:1") == nil)
        #expect(allocation.sentMessages.count { $0.contains("отклонено") } == 1, "removed once, told once")

        #expect(allocation.respond(volunteer, .accepted, by: "service") == nil)
        #expect(allocation.member?.removedBy == nil, "responded again")
        #expect(allocation.respond(volunteer, .declined) == nil)
        #expect(allocation.member?.removedBy == nil)
        #expect(allocation.sentMessages.count { $0.contains("отклонено") } == 1, "own declines are not told")
    }

    @Test(arguments: [Member.confirmed, .waiting()])
    func `rule 4: what the organiser writes is told, and kept until the volunteer responds again`(member: Member) {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, confirmed: 1, waiting: 2)), member: member, now: at(5))
        #expect(allocation.respond(volunteer, .declined, by: "fund:1", comment: "full") == nil)
        #expect(allocation.sentMessages.contains("volunteer 5: отклонено because removed_by_organiser: full"))
        let removed = ResponseChange(.removedByOrganiser, at: at(5), comment: "full")
        #expect(allocation.member?.lastChange == removed)
        for remover in ["fund:1", nil] {
            #expect(allocation.respond(volunteer, .declined, by: remover, comment: "again") == nil)
            #expect(allocation.member?.lastChange == removed, "removed once, with one comment")
        }
        #expect(allocation.respond(volunteer, .accepted, by: "service", comment: "welcome") == nil)
        #expect(allocation.member?.lastChange != removed && allocation.member?.lastChange?.comment == nil)
        #expect(allocation.respond(volunteer, .declined, comment: "my own") == nil)
        #expect(allocation.member?.lastChange?.reason == .declinedByVolunteer)
        #expect(allocation.member?.lastChange?.comment == nil, "a volunteer's own decline has none")
        #expect(allocation.sentMessages.count { $0.contains(": full") } == 1)
        #expect(!allocation.sentMessages.contains { $0.contains("again") || $0.contains("my own") })
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.respond(volunteer, .declined, by: "fund:1", comment: "") == nil)
        let change = allocation.member?.lastChange
        #expect(change?.reason == .removedByOrganiser && change?.comment == nil, "an empty one is none")
    }

    @Test func `rule 4: removing one who never responded tells no one`() {
        for member in [nil, Member.declined] {
            var allocation = SpotAllocation(application(Counters(capacity: 1)), member: member, now: at(5))
            #expect(allocation.respond(volunteer, .declined, by: "fund:1") == nil)
            #expect(allocation.sentMessages.isEmpty && allocation.member == member)
        }
    }

    /// Accepts and gives up the only spot at each of these times; returns what the accepts were answered.
    private func change(at times: [Int], limit: Int = 3, from member: Member? = nil) -> [RefusalReason?] {
        var (member, result) = (member, [RefusalReason?]())
        for time in times {
            var allocation = SpotAllocation(
                application(Counters(capacity: 1), startsAt: 100_000), member: member, now: at(time))
            result.append(allocation.respond(volunteer, .accepted, changesPerHour: limit))
            let decline = allocation.respond(volunteer, .declined, changesPerHour: limit)
            #expect(decline == nil, "declines are never refused")
            member = allocation.member
        }
        return result
    }

    @Test func `rule 4: after three spots given up within an hour an accept is refused until the hour is over`() {
        #expect(change(at: [0, 10, 20, 30]) == [nil, nil, nil, .tooManyChanges])
        #expect(change(at: [0, 1800, 3599, 3599]) == [nil, nil, nil, .tooManyChanges])
        #expect(change(at: [0, 1800, 3599, 3600]) == [nil, nil, nil, nil], "the first is an hour ago")
        #expect(change(at: [0, 1800, 3599, 3600, 3601]) == [nil, nil, nil, nil, .tooManyChanges])
        #expect(change(at: [0, 1], limit: 1) == [nil, .tooManyChanges])
        #expect(change(at: Array(0..<20), limit: 0) == Array(repeating: nil, count: 20), "0 is no limit")
        #expect(change(at: [9000, 9001, 9002, 10]) == [nil, nil, nil, nil], "a clock that was ahead refuses no one")
    }

    @Test func `rule 4: the wait ends an hour after the first of the last changes`() {
        var member = Member.declined
        member.givenUpAt = [at(0), at(100), at(200), at(300)]
        #expect(member.waitAfterChanges(limit: 3, now: at(400)) == .seconds(3300))
        #expect(member.waitAfterChanges(limit: 4, now: at(400)) == .seconds(3200))
        #expect(member.waitAfterChanges(limit: 5, now: at(400)) == nil)
        #expect(member.waitAfterChanges(limit: 3, now: at(3700)) == nil)
        #expect(member.waitAfterChanges(limit: 0, now: at(400)) == nil)
    }

    @Test func `rule 4: leaving the waiting list gives up no spot`() {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, confirmed: 1, waiting: 1)), member: .waiting(), now: at(5))
        #expect(allocation.respond(volunteer, .declined, changesPerHour: 1) == nil)
        #expect(allocation.respond(volunteer, .accepted, changesPerHour: 1) == nil)
    }
}
