import Testing
import Webhooks

@Suite struct RetryScheduleTests {
    private let schedule = RetrySchedule.standard

    @Test func `eight attempts in a day, each step up to a fifth shorter or longer`() {
        #expect(schedule.delay(after: 1, random: 0) == .seconds(4))
        #expect(schedule.delay(after: 1, random: 0.5) == .seconds(5))
        #expect(schedule.delay(after: 1, random: 1) == .seconds(6))
        #expect(schedule.delay(after: 7, random: 0.5) == .seconds(36_000))
        #expect(schedule.delay(after: 8, random: 0.5) == nil && schedule.delay(after: 0, random: 0.5) == nil)
        #expect(schedule.steps.reduce(.zero, +) == .seconds(99_305))
    }

    @Test func `Retry-After counts between once and twice the step`() {
        for (asked, waited) in [(0, 300), (299, 300), (450, 450), (601, 600), (1_000_000, 600)] {
            #expect(
                schedule.delay(after: 2, retryAfter: .seconds(asked), random: 0) == .seconds(waited), "\(asked)")
        }
        #expect(schedule.delay(after: 8, retryAfter: .seconds(1), random: 0) == nil)
    }
}
