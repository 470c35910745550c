import Testing
import Webhooks

@testable import NotifierService

/// `WEBHOOK_SCHEDULE`.
@Suite struct RetryScheduleSettingTests {
    @Test func `the default is the schedule of the contract`() {
        #expect(RetrySchedule(parsing: "PT5S,PT5M,PT30M,PT2H,PT5H,PT10H,PT10H") == .standard)
    }

    @Test func `steps may be short`() {
        #expect(RetrySchedule(parsing: "PT0.05S,P1D")?.steps == [.milliseconds(50), .seconds(86_400)])
    }

    @Test(arguments: [
        "", ",", "PT5S,", "5", "PT0S", "PT5S PT5M", Array(repeating: "PT1S", count: 17).joined(separator: ","),
    ])
    func `anything else is refused`(_ text: String) {
        #expect(RetrySchedule(parsing: text) == nil)
    }
}
