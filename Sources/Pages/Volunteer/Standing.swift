import Contracts
import Wording

/// What a call is to a volunteer now, in words, and what they can do.
struct Standing {
    /// The one thing that a volunteer most likely wants to do next.
    enum Action: Sendable, Hashable {
        case respond
        case join
        case accept
    }

    /// What a volunteer who does not want to take part any more gives up.
    enum Leaving: Sendable, Hashable {
        case spot
        case waitingList
    }

    let tone: Tone
    let badge: String
    let title: String
    let text: String
    /// What the organiser wrote.
    let quote: String?
    let action: Action?
    let leaving: Leaving?

    init(_ call: Call, _ response: CallResponse?, dates: CallDates, in context: PageContext) {
        let outcome = Outcome(call, response, now: context.now)
        let words = outcome.text(in: context.texts.words.states)
        let values = Self.values(call, response, dates: dates, in: context)
        tone = outcome.tone
        badge = words.badge.filled(values)
        title = words.title.filled(values)
        text = words.text.filled(values)
        quote =
            switch outcome {
            case .cancelledBecause: call.cancelReason
            case .removedBecause: response?.comment
            default: nil
            }
        action = outcome.action(for: call)
        leaving =
            switch response?.state {
            case .confirmed where call.status == .open: .spot
            case .waiting where call.status == .open: .waitingList
            case .confirmed, .waiting, .declined, nil: nil
            }
    }

    private static func values(
        _ call: Call, _ response: CallResponse?, dates: CallDates, in context: PageContext
    ) -> [String: String] {
        let texts = context.texts
        var values = dates.values
        values["free"] = texts.counted(call.freeSpots, texts.words.counts.free)
        values["waiting"] = texts.counted(call.waiting, texts.words.counts.waiting)
        values["until"] = response?.offerUntil.map { dates.until($0) }
        guard response?.state == .waiting else { return values }
        if let position = response?.position {
            let ahead = texts.counted(position - 1, texts.catalog.texts.people)
            values["position"] = String(position)
            values["people"] = ahead
            values["waiting"] = (position == 1 ? texts.words.states.stayingFirst : texts.words.states.staying).filled([
                "position": String(position), "people": ahead,
            ])
        } else {
            values["waiting"] = texts.words.states.stayingSomewhere
        }
        return values
    }
}
