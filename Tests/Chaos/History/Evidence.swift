import Contracts

/// A history in the orders in which the rules read it: each message once, streams by their numbers, effects by the
/// trace of their cause.
struct Evidence {
    /// Lanes: who says what to whom. One partition: several would spread an application's users over several streams.
    static let toWaitlist = "application.p00>waitlist.p00"
    static let toApplication = "waitlist.p00>application.p00"
    static let toNotifier = "application.p00>notifier.p00"
    static let toWorld = "notifier.p00>notifications"

    let history: History
    /// By lane, in the order of the numbers.
    private let lanes: [String: [Sighting]]
    /// What the gate did, by trace.
    private let effects: [String: [Sighting]]

    init(_ history: History) {
        self.history = history
        var seen: Set<String> = []
        var lanes: [String: [(number: Int64, sighting: Sighting)]] = [:]
        for sighting in history.sightings where sighting.producer != nil {
            guard seen.insert(sighting.messageID).inserted, let place = sighting.place else { continue }
            lanes[String(place.lane), default: []].append((place.number, sighting))
        }
        self.lanes = lanes.mapValues { $0.sorted { $0.number < $1.number }.map(\.sighting) }
        var effects: [String: [Sighting]] = [:]
        for lane in [Self.toWaitlist, Self.toNotifier] {
            for sighting in self.lanes[lane] ?? [] {
                if let trace = sighting.trace { effects[trace, default: []].append(sighting) }
            }
        }
        self.effects = effects
    }

    func lane(_ name: String) -> [Sighting] { lanes[name] ?? [] }

    /// What the gate said to the waiting list because of this command.
    func toWaitlist(becauseOf command: Command) -> [Message] { effects(of: command, on: Self.toWaitlist) }

    /// What it had users told because of this command.
    func told(becauseOf command: Command) -> [Message] { effects(of: command, on: Self.toNotifier) }

    private func effects(of command: Command, on lane: String) -> [Message] {
        (effects[command.trace] ?? []).compactMap { $0.stream == lane ? $0.message : nil }
    }
}

extension Message {
    var spotStatus: SpotStatusRecord? { if case .spotStatus(let record) = self { record } else { nil } }

    /// The status it tells this volunteer.
    func tells(_ volunteer: ID, _ status: SpotStatus) -> Bool {
        spotStatus.map { $0.userID == volunteer && $0.status == status } ?? false
    }
}
