import Contracts
import Foundation
import NotifierDomain
import Testing

/// Reminders before the start, also across changes of clocks (contract section 6).
@Suite struct ReminderPlanTests {
    @Test func `REMINDERS is a list of up to ten different durations, or none`() throws {
        #expect(ReminderPlan(parsing: "P1D, PT2H")?.leads.map(\.description) == ["P1D", "PT2H"])
        #expect(ReminderPlan(parsing: "none")?.leads == [])
        let ten = (1...10).map { "PT\($0)M" }.joined(separator: ",")
        #expect(ReminderPlan(parsing: ten)?.leads.count == 10)
        for text in ["", "1 day", "P1D,P1D", "PT0S", "P1D,", "PT60M,PT1H", "none,P1D", "\(ten),PT11M"] {
            #expect(ReminderPlan(parsing: text) == nil, "\(text)")
        }
    }

    private func due(_ lead: String, before application: ApplicationSnapshot) throws -> String {
        ReminderPlan.due(try ISODuration(parsing: lead), before: application).description
    }

    @Test func `days are calendar days at the same civil time, hours are absolute`() throws {
        // Clocks in Berlin go forward on 2026-03-29 at 02:00.
        let spring = try application(on: "2026-03-29", from: "14:00:00", in: "Europe/Berlin")
        #expect(spring.schedule.startsAt.description == "2026-03-29T12:00:00Z")
        #expect(try due("P1D", before: spring) == "2026-03-28T13:00:00Z", "14:00 in winter time, 23 hours before")
        #expect(try due("PT24H", before: spring) == "2026-03-28T12:00:00Z")
        #expect(try due("PT2H", before: spring) == "2026-03-29T10:00:00Z")
        // They go back on 2026-10-25 at 03:00.
        let autumn = try application(on: "2026-10-25", from: "14:00:00", in: "Europe/Berlin")
        #expect(autumn.schedule.startsAt.description == "2026-10-25T13:00:00Z")
        #expect(try due("P1D", before: autumn) == "2026-10-24T12:00:00Z", "14:00 in summer time, 25 hours before")
        #expect(try due("PT24H", before: autumn) == "2026-10-24T13:00:00Z")
    }

    @Test func `two hours before a start right after a change of clocks are two hours`() throws {
        let spring = try application(on: "2026-03-29", from: "03:30:00", in: "Europe/Berlin")
        #expect(spring.schedule.startsAt.description == "2026-03-29T01:30:00Z")
        #expect(try due("PT2H", before: spring) == "2026-03-28T23:30:00Z")
        let autumn = try application(on: "2026-10-25", from: "04:00:00", in: "Europe/Berlin")
        #expect(try due("PT2H", before: autumn) == "2026-10-25T01:00:00Z")
    }

    @Test func `a zone that skips midnight`() throws {
        // In Beirut, 2026-03-29 begins at 01:00.
        let first = try application(on: "2026-03-29", from: "00:00:00", in: "Asia/Beirut")
        #expect(first.schedule.startsAt.description == "2026-03-28T22:00:00Z")
        let next = try application(on: "2026-03-30", from: "00:00:00", in: "Asia/Beirut")
        #expect(try due("P1D", before: next) == "2026-03-28T22:00:00Z", "that day had no 00:00, so 01:00")
    }

    @Test func `a zone without changes of clocks`() throws {
        let application = try application(on: "2026-03-29", from: "14:00:00", in: "Asia/Yekaterinburg")
        #expect(try due("P1D", before: application) == "2026-03-28T09:00:00Z")
        #expect(try due("PT24H", before: application) == "2026-03-28T09:00:00Z")
    }

    @Test func `reminders that were due before the confirmation are not sent`() throws {
        let plan = ReminderPlan(leads: [try ISODuration(parsing: "P1D"), try ISODuration(parsing: "PT2H")])
        let application = try application()
        func upcoming(_ time: String) throws -> [String] {
            plan.upcoming(of: application, notBefore: try at(time)).map(\.lead.description)
        }
        #expect(try upcoming("2026-12-01T00:00:00Z") == ["P1D", "PT2H"])
        #expect(try upcoming("2026-12-08T11:00:00Z") == ["P1D", "PT2H"], "due exactly at that time")
        #expect(try upcoming("2026-12-08T11:00:00.001Z") == ["PT2H"])
        #expect(try upcoming("2026-12-09T09:00:01Z") == [])
    }

    @Test func `a timer that fires sends, waits for a later start, or has missed it`() throws {
        let lead = try ISODuration(parsing: "PT2H")
        let application = try application()
        func action(_ now: String) throws -> ReminderPlan.Action {
            ReminderPlan.action(for: lead, of: application, now: try at(now))
        }
        #expect(try action("2026-12-09T09:00:00Z") == .send)
        #expect(try action("2026-12-09T10:59:59.999Z") == .send, "late, but before the start")
        #expect(try action("2026-12-09T11:00:00Z") == .recordMissed)
        #expect(try action("2026-12-09T08:59:59Z") == .wait(until: at("2026-12-09T09:00:00Z")))
    }

    @Test func `reminders move with the instant of the start, except those whose time was past before and after`()
        throws
    {
        let plan = try #require(ReminderPlan(parsing: "P1D,PT3H,PT2H,PT1H"))
        var application = try application()
        let former = application.startsAt
        application.startsAt = former.advanced(by: .seconds(-3600))
        let now = former.advanced(by: .seconds(-9000))
        let moved = plan.moved(of: application, from: former, now: now).map { ($0.lead.description, $0.due) }
        #expect(moved.map(\.0) == ["PT2H", "PT1H"], "P1D and PT3H are past; PT2H became due by the move")
        #expect(moved.map(\.1) == [-10_800, -7200].map { former.advanced(by: .seconds($0)) })
    }
}
