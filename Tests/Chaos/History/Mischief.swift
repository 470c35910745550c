import Contracts

/// The faults of a plan. They are dealt from a deck in which every kind comes once before any comes again, each time
/// for another service; they go on along two tracks, so that two are at work at once, and some strike in the recovery
/// from the one before.
struct Mischief {
    private static let clockAhead = Int(Plan.clockAhead.components.seconds)

    private let length: Duration
    private var dice: Dice
    private var deck: [(kind: Fault.Kind, service: ServiceName?)] = []
    private var faults: [Fault] = []
    /// Until when each hold is taken.
    private var taken: [String: Duration] = [:]

    init(seed: UInt64, length: Duration) {
        self.length = length
        dice = Dice(seed: seed ^ 0xFA17)
    }

    mutating func write() -> [Fault] {
        var tracks: [Duration] = [.seconds(1), .seconds(2)]
        while let now = tracks.min(), now < length {
            let track = tracks.firstIndex(of: now) ?? 0
            var last = strike(at: now)
            if last.kind.isOfService, dice.happens(25) { last = strikeAgain(after: last) }
            tracks[track] = last.ends + dice.milliseconds(200...1500)
        }
        return faults.filter { $0.ends < length }.sorted { $0.begins < $1.begins }
    }

    /// The next of the deck whose hold is free; else the next, as soon as it is.
    private mutating func strike(at time: Duration) -> Fault {
        if deck.isEmpty { shuffle() }
        let index = deck.lastIndex { isFree(Fault($0.kind, of: $0.service, begins: time, lasts: .zero)) }
        let card = deck.remove(at: index ?? deck.count - 1)
        return add(fault(card.kind, of: card.service, at: time))
    }

    /// During the recovery: the same service's process again, or the broker, while it starts.
    private mutating func strikeAgain(after first: Fault) -> Fault {
        let kind = dice.pick([Fault.Kind.kill, .kill, .end, .cut, .brokerKill, .fullDisk])
        let time = first.ends + dice.milliseconds(0...300)
        let second = fault(kind, of: kind.isOfService ? first.service : nil, at: time)
        return isFree(second) ? add(second) : first
    }

    private func isFree(_ fault: Fault) -> Bool { taken[fault.hold] ?? .zero <= fault.begins }

    private mutating func add(_ fault: Fault) -> Fault {
        var fault = fault
        fault.begins = max(fault.begins, taken[fault.hold] ?? .zero)
        // A broker takes seconds to start, and with nothing but starts nothing else would happen.
        let recovery: Duration = [.brokerKill, .brokerRestart].contains(fault.kind) ? .seconds(12) : .zero
        taken[fault.hold] = fault.ends + recovery
        faults.append(fault)
        return fault
    }

    private mutating func shuffle() {
        var services: [ServiceName: [Fault.Kind]] = [:]
        var all: [(Fault.Kind, ServiceName?)] = []
        for kind in Fault.Kind.allCases where kind.isOfService {
            // Three rounds: each service has its turn with each kind.
            for (round, service) in ServiceName.allCases.shuffled(using: &dice).enumerated() {
                if round == 0 { all.append((kind, service)) } else { services[service, default: []].append(kind) }
            }
        }
        for kind in Fault.Kind.allCases where !kind.isOfService { all.append((kind, nil)) }
        let rest = ServiceName.allCases.flatMap { service in (services[service] ?? []).map { ($0, service) } }
        // Dealt from the end.
        deck = rest.shuffled(using: &dice).map { ($0.0, $0.1) } + all.shuffled(using: &dice).map { ($0.0, $0.1) }
    }

    private mutating func fault(_ kind: Fault.Kind, of service: ServiceName?, at time: Duration) -> Fault {
        var lasts: Duration = .zero
        var detail = ""
        switch kind {
        case .kill, .end: lasts = dice.milliseconds(100...1200)
        case .freeze: lasts = dice.milliseconds(300...5000)
        case .crash:
            lasts = dice.milliseconds(1500...3500)
            detail = "\(dice.pick(Fault.points)):\(dice.roll(1...12))"
        case .cut: lasts = .zero
        case .halfOpen: lasts = dice.milliseconds(800...6000)
        case .slow:
            lasts = dice.milliseconds(1500...3500)
            detail = "\(dice.roll(20...80))"
        case .redeliver: lasts = dice.milliseconds(200...900)
        case .fullDisk, .failingSync: lasts = dice.milliseconds(500...2500)
        case .clockForward:
            lasts = dice.milliseconds(800...3000)
            // Offers of a waiting list that is ahead hold until then, and until then nobody else is asked.
            detail = "\(dice.pick(service == .waitlist ? [1, 3, 8] : [3, 30, 600, 7200, Self.clockAhead]))"
        case .clockBack:
            lasts = dice.milliseconds(800...3000)
            detail = "-\(dice.pick([3, 30, 600, 7200, 2 * 86_400]))"
        case .brokerKill, .brokerRestart: lasts = dice.milliseconds(200...1500)
        case .memoryAlarm, .diskAlarm: lasts = dice.milliseconds(500...2500)
        case .duplicates: detail = "\(dice.roll(5...60))"
        }
        return Fault(kind, of: service, begins: time, lasts: lasts, detail: detail)
    }
}
