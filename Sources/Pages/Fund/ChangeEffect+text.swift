import Wording

extension ChangeEffect {
    /// The effect in a sentence.
    func text(in texts: PageTexts) -> String {
        let words = texts.words.fund.review
        return switch self {
        case .offered(let spots, let waiting):
            texts.counted(spots, words.offered).filled(["waiting": String(waiting)])
        case .openToAll(let spots, let areWaitingTold):
            texts.counted(spots, words.openToAll) + (areWaitingTold ? " \(words.waitingTold)" : "")
        case .overfull(let confirmed, let spots):
            texts.counted(confirmed, words.overfull).filled(["spots": String(spots)])
        case .full(let spots): texts.counted(spots, words.full)
        case .fewerOpen(let spots): texts.counted(spots, words.fewerOpen)
        case .fewerPromised(let spots): texts.counted(spots, words.fewerPromised)
        case .offersEnd: words.offersEnd
        case .startsAtOnce: words.startsAtOnce
        case .reopens: words.reopens
        case .staysStarted: words.staysStarted
        case .told(let confirmed, let waiting):
            Self.people(confirmed: confirmed, waiting: waiting, in: texts)
                .map { words.told.filled(["people": $0]) } ?? words.toldNone
        case .offersSentAgain: words.offersSentAgain
        case .remindersMove: words.remindersMove
        case .detailsUntold: words.detailsUntold
        }
    }

    /// Those who are sent a message: `12 confirmed volunteers and 7 who wait`; nil if there are none.
    static func people(confirmed: Int, waiting: Int, in texts: PageTexts) -> String? {
        let words = texts.words.fund.groups
        let groups = [
            confirmed > 0 ? texts.counted(confirmed, words.confirmed) : nil,
            waiting > 0 ? texts.counted(waiting, words.waiting) : nil,
        ].compactMap { $0 }
        guard groups.count == 2 else { return groups.first }
        return words.both.filled(["confirmed": groups[0], "waiting": groups[1]])
    }
}
