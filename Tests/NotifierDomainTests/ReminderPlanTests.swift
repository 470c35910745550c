import Contracts
import Foundation
import NotifierDomain
import Testing

/// Section 6: reminders before the start, right across changes of clocks.
@Suite struct ReminderPlanTests {
    @Test func `REMINDERS is durations, each once and ten at most, or none`() throws {
        #expect(ReminderPlan(parsing: "P1D, PT2H")?.leads.map(\.description) == ["P1D", "PT2H"])
        #expect(ReminderPlan(parsing: "none")?.leads == [])
        let ten = (1...10).map { "PT\($0)M" }.joined(separator: ",")
        #expect(ReminderPlan(parsing: ten)?.leads.count == 10)
        for text in ["", "1 day", "P1D,P1D", "PT0S", "P1D,", "PT60M,PT1H", "none,P1D", "\(ten),PT11M"] {
            #expect(ReminderPlan(parsing: text) == nil, "\(text)")
        }
    }

    @Test func `a reminder's key is read as it was written, and nothing else is one`() throws {
        let key = try ReminderKey(parsing: ReminderKey(audience: 17, lead: ISODuration(days: 1)).text)
        #expect(key.audience == 17 && key.lead == ISODuration(days: 1))
        for text in ["", "17", "17 ", "x P1D", "17 1 day", "99999999999999999999 P1D"] {
            #expect(throws: (any Error).self) { try ReminderKey(parsing: text) }
        }
    }

    private func due(_ lead: String, before application: ApplicationSnapshot) throws -> String {
        ReminderPlan.due(try ISODuration(parsing: lead), before: application).description
    }

    @Test func `days are calendar days at the same civil time, hours are absolute`() throws {
        // Clocks in Berlin go forward on 2026-03-29 at 02:00.
        let spring = try application(on: "2026-03-29", from: "14:00:00", in: "Europe/Berlin")
        #expect(spring.startsAt.description == "2026-03-29T12:00:00Z")
        #expect(try due("P1D", before: spring) == "2026-03-28T13:00:00Z", "14:00 in winter time, 23 hours before")
        #expect(try due("PT24H", before: spring) == "2026-03-28T12:00:00Z")
        #expect(try due("PT2H", before: spring) == "2026-03-29T10:00:00Z")
        // And back on 2026-10-25 at 03:00.
        let autumn = try application(on: "2026-10-25", from: "14:00:00", in: "Europe/Berlin")
        #expect(autumn.startsAt.description == "2026-10-25T13:00:00Z")
        #expect(try due("P1D", before: autumn) == "2026-10-24T12:00:00Z", "14:00 in summer time, 25 hours before")
        #expect(try due("PT24H", before: autumn) == "2026-10-24T13:00:00Z")
    }

    @Test func `two hours before a start right after a change of clocks are two hours`() throws {
        let spring = try application(on: "2026-03-29", from: "03:30:00", in: "Europe/Berlin")
        #expect(spring.startsAt.description == "2026-03-29T01:30:00Z")
        #expect(try due("PT2H", before: spring) == "2026-03-28T23:30:00Z")
        let autumn = try application(on: "2026-10-25", from: "04:00:00", in: "Europe/Berlin")
        #expect(try due("PT2H", before: autumn) == "2026-10-25T01:00:00Z")
    }

    @Test func `a zone that skips midnight`() throws {
        // In Beirut, 2026-03-29 begins at 01:00.
        let first = try application(on: "2026-03-29", from: "00:00:00", in: "Asia/Beirut")
        #expect(first.startsAt.description == "2026-03-28T22:00:00Z")
        let next = try application(on: "2026-03-30", from: "00:00:00", in: "Asia/Beirut")
        #expect(try due("P1D", before: next) == "2026-03-28T22:00:00Z", "there was no 00:00 that day: 01:00")
    }

    @Test func `a zone without changes of clocks`() throws {
        let application = try application(on: "2026-03-29", from: "14:00:00", in: "Asia/Yekaterinburg")
        #expect(try due("P1D", before: application) == "2026-03-28T09:00:00Z")
        #expect(try due("PT24H", before: application) == "2026-03-28T09:00:00Z")
    }

    @Test func `what was over when the volunteer was confirmed is not ahead`() throws {
        let plan = ReminderPlan(leads: [try ISODuration(parsing: "P1D"), try ISODuration(parsing: "PT2H")])
        let application = try application()
        func ahead(_ time: String) throws -> [String] {
            plan.ahead(of: application, notBefore: try at(time)).map(\.lead.description)
        }
        #expect(try ahead("2026-12-01T00:00:00Z") == ["P1D", "PT2H"])
        #expect(try ahead("2026-12-08T11:00:00Z") == ["P1D", "PT2H"], "at the very time")
        #expect(try ahead("2026-12-08T11:00:00.001Z") == ["PT2H"])
        #expect(try ahead("2026-12-09T09:00:01Z") == [])
    }

    @Test func `a timer that fires sends, waits for a start that moved, or has missed it`() throws {
        let lead = try ISODuration(parsing: "PT2H")
        let application = try application()
        func verdict(_ now: String) throws -> ReminderPlan.Verdict {
            ReminderPlan.verdict(on: lead, of: application, now: try at(now))
        }
        #expect(try verdict("2026-12-09T09:00:00Z") == .send)
        #expect(try verdict("2026-12-09T10:59:59.999Z") == .send, "late, but before the start")
        #expect(try verdict("2026-12-09T11:00:00Z") == .missed)
        #expect(try verdict("2026-12-09T08:59:59Z") == .wait(until: at("2026-12-09T09:00:00Z")))
    }
}
