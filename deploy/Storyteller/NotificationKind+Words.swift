import Contracts

extension NotificationKind {
    /// The spot status that causes this notification; nil if no record does.
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

    /// The Russian word for it: the customer's, if there is one.
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
        case .spotAvailable: "a spot is available"
        case .notChosen: "not chosen"
        case .confirmed: "confirmed: has a spot"
        case .waiting: "on the waiting list"
        case .cancelled: "cancelled"
        case .refused: "refused"
        case .changed: "the application has changed"
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
    /// The kind of notification that NotifierService sends for it.
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
