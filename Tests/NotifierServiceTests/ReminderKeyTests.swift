import Contracts
import Testing

@testable import NotifierService

@Suite struct ReminderKeyTests {
    @Test func `a key is read as it was written`() throws {
        let key = try ReminderKey(parsing: ReminderKey(recipient: 17, lead: ISODuration(days: 1)).text)
        #expect(key.recipient == 17 && key.lead == ISODuration(days: 1))
        for text in ["1 P1D", "17 PT2H", "9223372036854775807 PT0S", "-1 P1DT1H", "+5 PT1S", "17  PT2H"] {
            guard let key = try? ReminderKey(parsing: text) else { continue }
            let again = try ReminderKey(parsing: key.text)
            #expect(again.recipient == key.recipient && again.lead == key.lead, "\(text)")
        }
    }

    @Test(arguments: ["", "17", "17 ", "x P1D", "17 1 day", "99999999999999999999 P1D"])
    func `other texts are refused`(_ text: String) {
        #expect(throws: (any Error).self) { try ReminderKey(parsing: text) }
    }
}
