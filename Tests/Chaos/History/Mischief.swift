import Contracts
import SeededRandom

/// The faults of a plan. They are dealt from a deck in which every kind comes once before any comes again, each time
/// for another service; they go on along two tracks, so that two are at work at once, and some strike in the recovery
/// from the one before. Others are set for a moment: a death in the middle of long work.
struct Mischief {
    private static let clockAhead = Int(Plan.clockAhead.components.seconds)
    /// In shorter runs nobody lives long enough to show how it grows.
    private static let longRun: Duration = .seconds(120)
    /// A stream that lacks its last message is found out by the next head, half a minute later.
    private static let mending: Duration = .seconds(20)

    private let length: Duration
    private let conditions: Conditions
    private let beats: [Crowd.Beat]
    private var random: SeededGenerator
    private var deck: [(kind: Fault.Kind, service: ServiceName?)] = []
    private var faults: [Fault] = []
    /// When each hold is taken.
    private var taken: [String: [Range<Duration>]] = [:]

    init(seed: UInt64, length: Duration, conditions: Conditions, beats: [Crowd.Beat]) {
        self.length = length
        self.conditions = conditions
        self.beats = beats
        random = SeededGenerator(seed: seed ^ 0xFA17)
    }

    mutating func write() -> [Fault] {
        letLive()
        interruptWork()
        shuffle()
        // Early, so that there is time to mend it.
        if let steal = deck.lastIndex(where: { $0.kind == .steal }) {
            deck.insert(deck.remove(at: steal), at: deck.count - random.int(in: 3...6))
        }
        var tracks: [Duration] = [.seconds(1), .seconds(2)]
        while let now = tracks.min(), now < length {
            let track = tracks.firstIndex(of: now) ?? 0
            guard var last = strike(at: now) else {
                tracks[track] = now + .milliseconds(500)
                continue
            }
            if last.kind.isOfService, random.chance(percent: 25) { last = strikeAgain(after: last) }
            tracks[track] = last.ends + random.milliseconds(in: 200...1500)
        }
        return faults.filter { $0.ends < length }.sorted { $0.begins < $1.begins }
    }

    /// Each service's processes have a third of a long run in which they are not ended, so that it is seen whether they
    /// grow; links, disks, clocks and the broker go on failing.
    private mutating func letLive() {
        guard length >= Self.longRun else { return }
        let third = length / 3
        for (index, service) in ServiceName.allCases.shuffled(using: &random).enumerated() {
            let hold = Fault(.kill, of: service, begins: .zero, lasts: .zero).hold
            taken[hold, default: []].append(third * index..<third * (index + 1))
        }
    }

    /// Every other piece of long work loses its process on the way, if that is not to live.
    private mutating func interruptWork() {
        for beat in beats where random.chance(percent: 60) {
            // The world may be late, waiting for the broker.
            var fault = Fault(
                .crash, of: beat.service, begins: beat.at - random.milliseconds(in: 400...700), lasts: .seconds(10),
                detail: "\(Fault.workStep):1")
            if beat.service == .application {
                let home = Partition.of(Crowd.application, count: conditions.partitions)
                fault.process = conditions.owned(by: 0, of: .application).contains(home) ? 0 : 1
            }
            if isFree(fault) { add(fault) }
        }
    }

    /// The next of the deck whose hold is free; nil: none is.
    private mutating func strike(at time: Duration) -> Fault? {
        if deck.isEmpty { shuffle() }
        for index in deck.indices.reversed() {
            let fault = fault(deck[index].kind, of: deck[index].service, at: time)
            guard isFree(fault), fault.kind != .steal || fault.ends + Self.mending < length else { continue }
            deck.remove(at: index)
            add(fault)
            return fault
        }
        // All that is left must wait.
        if deck.count < 3 * Fault.Kind.allCases.count { shuffle() }
        return nil
    }

    /// During the recovery: the same process again, or the broker, while it starts.
    private mutating func strikeAgain(after first: Fault) -> Fault {
        let kind = random.element(of: [Fault.Kind.kill, .kill, .end, .cut, .brokerKill, .fullDisk])
        let time = first.ends + random.milliseconds(in: 0...300)
        var second = fault(kind, of: kind.isOfService ? first.service : nil, at: time)
        second.process = kind.isOfService ? first.process : 0
        guard isFree(second) else { return first }
        add(second)
        return second
    }

    /// A broker takes seconds to start, and with nothing but starts nothing else would happen.
    private func hold(_ fault: Fault) -> Range<Duration> {
        let recovery: Duration = [.brokerKill, .brokerRestart].contains(fault.kind) ? .seconds(12) : .milliseconds(1)
        return fault.begins..<fault.ends + recovery
    }

    private func isFree(_ fault: Fault) -> Bool {
        let wanted = hold(fault)
        return !(taken[fault.hold] ?? []).contains { $0.overlaps(wanted) }
    }

    private mutating func add(_ fault: Fault) {
        taken[fault.hold, default: []].append(hold(fault))
        faults.append(fault)
    }

    /// New cards, beneath those that are left.
    private mutating func shuffle() {
        var services: [ServiceName: [Fault.Kind]] = [:]
        var all: [(Fault.Kind, ServiceName?)] = []
        for kind in Fault.Kind.allCases where kind.isOfService {
            // Three rounds: each service has its turn with each kind.
            for (round, service) in ServiceName.allCases.shuffled(using: &random).enumerated() {
                if round == 0 { all.append((kind, service)) } else { services[service, default: []].append(kind) }
            }
        }
        for kind in Fault.Kind.allCases where !kind.isOfService { all.append((kind, nil)) }
        let rest = ServiceName.allCases.flatMap { service in (services[service] ?? []).map { ($0, service) } }
        // Dealt from the end.
        let cards =
            rest.shuffled(using: &random).map { ($0.0, $0.1) } + all.shuffled(using: &random).map { ($0.0, $0.1) }
        deck = cards + deck
    }

    private mutating func fault(_ kind: Fault.Kind, of service: ServiceName?, at time: Duration) -> Fault {
        var lasts: Duration = .zero
        var detail = ""
        switch kind {
        case .kill, .end: lasts = random.milliseconds(in: 100...1200)
        case .freeze: lasts = random.milliseconds(in: 300...5000)
        case .crash:
            lasts = random.milliseconds(in: 1500...3500)
            detail = "\(random.element(of: Fault.points)):\(random.int(in: 1...12))"
        case .steal:
            lasts = random.milliseconds(in: 1000...2500)
            detail = "\(random.int(in: 1...5))"
        case .cut: lasts = .zero
        case .halfOpen: lasts = random.milliseconds(in: 800...6000)
        case .slow:
            lasts = random.milliseconds(in: 1500...3500)
            detail = "\(random.int(in: 20...80))"
        case .redeliver: lasts = random.milliseconds(in: 200...900)
        case .fullDisk, .failingSync: lasts = random.milliseconds(in: 500...2500)
        case .clockForward:
            lasts = random.milliseconds(in: 800...3000)
            // Offers of a waiting list that is ahead hold until then, and until then nobody else is asked.
            detail = "\(random.element(of: service == .waitlist ? [1, 3, 8] : [3, 30, 600, 7200, Self.clockAhead]))"
        case .clockBack:
            lasts = random.milliseconds(in: 800...3000)
            detail = "-\(random.element(of: [3, 30, 600, 7200, 2 * 86_400]))"
        case .brokerKill, .brokerRestart: lasts = random.milliseconds(in: 200...1500)
        case .memoryAlarm, .diskAlarm: lasts = random.milliseconds(in: 500...2500)
        case .duplicates: detail = "\(random.int(in: 5...60))"
        }
        var fault = Fault(kind, of: service, begins: time, lasts: lasts, detail: detail)
        if let service { fault.process = random.int(in: 0...conditions.processes(of: service) - 1) }
        return fault
    }
}
