import Contracts
import Ledger

/// A round's key in timers and jobs: the round's number, a space, and the application's id, which may contain spaces.
struct OfferRoundKey {
    let application: ID
    let round: Int64

    init(application: ID, round: Int64) {
        self.application = application
        self.round = round
    }

    /// - Throws: `UnknownColumnValue` if `text` is not such a key.
    init(parsing text: String) throws {
        // By bytes: an id may begin with a combining character, which a string joins to the space.
        let parts = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let round = Int64(Substring(parts[0])) else {
            throw UnknownColumnValue(text, meaning: "OfferRoundKey")
        }
        self.init(application: .trusted(String(Substring(parts[1]))), round: round)
    }

    var text: String { "\(round) \(application.string)" }
}
