import Contracts

extension NotificationKind {
    /// The status that a person is told of; nil where no record causes it.
    var status: SpotStatus? {
        switch self {
        case .spotAvailable: .available
        case .notChosen: .notChosen
        case .confirmed: .confirmed
        case .waiting: .waiting
        case .cancelled: .cancelled
        case .refused: .refused
        case .changed, .reminder: nil
        }
    }

    /// The customer's word for it, where there is one.
    var word: String {
        switch self {
        case .changed: "заявка изменилась"
        case .reminder: "напоминание"
        case .spotAvailable, .notChosen, .confirmed, .waiting, .cancelled, .refused: status?.rawValue ?? rawValue
        }
    }

    /// The word in English.
    var gloss: String {
        switch self {
        case .spotAvailable: "a spot is to be had"
        case .notChosen: "not chosen"
        case .confirmed: "has a spot"
        case .waiting: "on the waiting list"
        case .cancelled: "cancelled"
        case .refused: "refused"
        case .changed: "a change"
        case .reminder: "a reminder"
        }
    }

    var tone: Line.Tone {
        switch self {
        case .confirmed, .reminder: .good
        case .spotAvailable, .waiting, .changed: .open
        case .notChosen, .cancelled, .refused: .sad
        }
    }
}

extension SpotStatus {
    /// What NotifierService makes of it.
    var kind: NotificationKind {
        switch self {
        case .available: .spotAvailable
        case .notChosen: .notChosen
        case .confirmed: .confirmed
        case .waiting: .waiting
        case .cancelled: .cancelled
        case .refused: .refused
        }
    }
}
