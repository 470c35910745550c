import Contracts
import Ledger
import Testing

@testable import WaitlistService

@Suite struct OfferRoundKeyTests {
    @Test(arguments: ["7", "a b", " ", "x 9 ", "\u{301}x"])
    func `a key is read as it was written`(_ application: String) throws {
        let key = OfferRoundKey(application: .trusted(application), round: 12)
        let again = try OfferRoundKey(parsing: key.text)
        #expect(again.application == key.application && again.round == 12)
    }

    @Test(arguments: ["", "7", "x 7", "99999999999999999999 7"])
    func `other texts are refused`(_ text: String) {
        #expect(throws: UnknownColumnValue.self) { try OfferRoundKey(parsing: text) }
    }
}
