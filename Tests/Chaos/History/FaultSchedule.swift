import Contracts
import SeededRandom

/// Chooses the faults of a plan. Every kind comes once before any kind repeats, each time for another service. Faults
/// run in two parallel sequences, so that two are active at a time, and some hit a process during the recovery from the
/// one before. Crashes in the middle of jobs are scheduled at fixed times, and moves of partitions all the time.
struct FaultSchedule {
    private static let clockAhead = Int(Plan.clockAhead.components.seconds)
    /// In shorter runs no process lives long enough to show growth.
    private static let longRun: Duration = .seconds(120)
    /// Time to repair a stream that lacks its last message: the next `stream_head`, up to 30 s later, reveals it.
    private static let repairTime: Duration = .seconds(20)

    private let length: Duration
    private let conditions: Conditions
    private let triggers: [LongListLoad.JobTrigger]
    private var random: SeededGenerator
    private var remaining: [(kind: Fault.Kind, service: ServiceName?)] = []
    private var faults: [Fault] = []
    /// When each resource is in use by a fault.
    private var occupied: [String: [Range<Duration>]] = [:]

    init(seed: UInt64, length: Duration, conditions: Conditions, triggers: [LongListLoad.JobTrigger]) {
        self.length = length
        self.conditions = conditions
        self.triggers = triggers
        random = SeededGenerator(seed: seed ^ 0xFA17)
    }

    mutating func generate() -> [Fault] {
        reserveLongLifetimes()
        loseData()
        crashDuringJobs()
        movePartitions()
        refill()
        // Early in the run, so that there is time to repair it.
        if let steal = remaining.lastIndex(where: { $0.kind == .steal }) {
            remaining.insert(remaining.remove(at: steal), at: remaining.count - random.int(in: 3...6))
        }
        var sequences: [Duration] = [.seconds(1), .seconds(2)]
        while let now = sequences.min(), now < length {
            let sequence = sequences.firstIndex(of: now) ?? 0
            guard var last = injectNext(at: now) else {
                sequences[sequence] = now + .milliseconds(500)
                continue
            }
            if last.kind.affectsService, random.chance(percent: 25) { last = injectDuringRecovery(after: last) }
            sequences[sequence] = last.ends + random.milliseconds(in: 200...1500)
        }
        return faults.filter { $0.ends < length }.sorted { $0.begins < $1.begins }
    }

    /// In a long run each service's processes are not ended for one third of the run, which shows whether they grow.
    /// Connections, disks, clocks and the broker continue to fail.
    private mutating func reserveLongLifetimes() {
        guard length >= Self.longRun else { return }
        let third = length / 3
        for (index, service) in ServiceName.allCases.shuffled(using: &random).enumerated() {
            let resource = Fault(.kill, of: service, begins: .zero, lasts: .zero).resource
            occupied[resource, default: []].append(third * index..<third * (index + 1))
        }
    }

    /// Losses come one after the other, some of them overlapping, and end early enough for applications that begin
    /// after the last one: their history is complete.
    private mutating func loseData() {
        guard conditions.losesData else { return }
        let kinds: [(Fault.Kind, ServiceName?)] =
            ServiceName.allCases.map { (.restore, $0) }
            + [(.brokerReplacement, nil), (.emptyDisk, .waitlist), (.emptyDisk, .notifier), (.restore, .application)]
        var next = kinds.shuffled(using: &random)
        // Empties the file that nothing can fill again only rarely, and first, so that most of the run is after it.
        if random.chance(percent: 20) { next.append((.emptyDisk, .application)) }
        var now = random.milliseconds(in: 4000...6000)
        while now < length * 0.55, let (kind, service) = next.popLast() {
            let fault = fault(kind, of: service, at: now)
            if isFree(fault) { add(fault) }
            now += random.milliseconds(in: 1500...7000)
            if next.isEmpty { next = kinds.shuffled(using: &random) }
        }
    }

    /// Crashes a process in the middle of more than half of the jobs, unless it must live at that time.
    private mutating func crashDuringJobs() {
        for trigger in triggers where random.chance(percent: 60) {
            // The command that starts the job may be late, waiting for the broker.
            var fault = Fault(
                .crash, of: trigger.service, begins: trigger.at - random.milliseconds(in: 400...700),
                lasts: .seconds(10),
                detail: "\(Fault.workStep):1")
            if trigger.service == .application {
                let partition = Partition.of(LongListLoad.application, count: conditions.partitions)
                let processes = 0..<conditions.processes(of: .application)
                fault.process =
                    processes.first { conditions.owned(by: $0, of: .application).contains(partition) } ?? 0
            }
            if isFree(fault) { add(fault) }
        }
    }

    /// Moves are so frequent that some meet each of the other faults.
    private mutating func movePartitions() {
        guard conditions.moving > 1 else { return }
        for service in ServiceName.allCases {
            var now = random.milliseconds(in: 500...2000)
            while now < length {
                add(fault(.move, of: service, at: now))
                now += random.milliseconds(in: 500...3000)
            }
        }
    }

    /// Schedules the next fault whose resource is free; `nil` if there is none.
    private mutating func injectNext(at time: Duration) -> Fault? {
        if remaining.isEmpty { refill() }
        for index in remaining.indices.reversed() {
            let fault = fault(remaining[index].kind, of: remaining[index].service, at: time)
            guard isFree(fault), fault.kind != .steal || fault.ends + Self.repairTime < length else { continue }
            remaining.remove(at: index)
            add(fault)
            return fault
        }
        // None of the remaining faults fits now.
        if remaining.count < 3 * Fault.Kind.allCases.count { refill() }
        return nil
    }

    /// Schedules another fault during the recovery: of the same process, or of the broker while the process starts.
    private mutating func injectDuringRecovery(after first: Fault) -> Fault {
        let kind = random.element(of: [Fault.Kind.kill, .kill, .end, .cut, .brokerKill, .fullDisk])
        let time = first.ends + random.milliseconds(in: 0...300)
        var second = fault(kind, of: kind.affectsService ? first.service : nil, at: time)
        second.process = kind.affectsService ? first.process : 0
        guard isFree(second) else { return first }
        add(second)
        return second
    }

    /// The time in which a fault occupies its resource. The broker takes seconds to start; without a pause after it,
    /// little else would happen.
    private func occupation(by fault: Fault) -> Range<Duration> {
        let recovery: Duration =
            [.brokerKill, .brokerRestart, .brokerReplacement].contains(fault.kind) ? .seconds(12) : .milliseconds(1)
        return fault.begins..<fault.ends + recovery
    }

    private func isFree(_ fault: Fault) -> Bool {
        let needed = occupation(by: fault)
        return !(occupied[fault.resource] ?? []).contains { $0.overlaps(needed) }
    }

    private mutating func add(_ fault: Fault) {
        occupied[fault.resource, default: []].append(occupation(by: fault))
        faults.append(fault)
    }

    /// Adds every kind of fault for every service, after the remaining ones.
    private mutating func refill() {
        var services: [ServiceName: [Fault.Kind]] = [:]
        var all: [(Fault.Kind, ServiceName?)] = []
        for kind in Fault.Kind.allCases where kind.affectsService && kind != .move && isPossible(kind) {
            // Three rounds, so that each kind hits each service once.
            for (round, service) in ServiceName.allCases.shuffled(using: &random).enumerated() {
                if round == 0 { all.append((kind, service)) } else { services[service, default: []].append(kind) }
            }
        }
        for kind in Fault.Kind.allCases where !kind.affectsService && isPossible(kind) { all.append((kind, nil)) }
        let rest = ServiceName.allCases.flatMap { service in (services[service] ?? []).map { ($0, service) } }
        // Taken from the end.
        let added =
            rest.shuffled(using: &random).map { ($0.0, $0.1) } + all.shuffled(using: &random).map { ($0.0, $0.1) }
        remaining = added + remaining
    }

    /// Losses of data are scheduled apart.
    private func isPossible(_ kind: Fault.Kind) -> Bool {
        if kind.losesData || conditions.sharing > 1 && kind.needsOwnFolder { return false }
        return conditions.moving == 1 || !kind.needsOwnPartitions
    }

    private mutating func fault(_ kind: Fault.Kind, of service: ServiceName?, at time: Duration) -> Fault {
        let hasOthers = conditions.partitionsChangeOwners
        var lasts: Duration = .zero
        var detail = ""
        switch kind {
        // The other processes notice at once that one has ended, and after 10 s that one is frozen or cut off.
        case .kill, .powerFailure, .end: lasts = random.milliseconds(in: 100...(hasOthers ? 6000 : 1200))
        case .freeze: lasts = random.milliseconds(in: 300...(hasOthers ? 20_000 : 5000))
        case .crash where conditions.moving > 1 && random.chance(percent: 60):
            // Until it gets a partition or gives one up.
            lasts = random.milliseconds(in: 6000...9000)
            detail = "\(random.element(of: Fault.movePoints)):1"
        case .crash:
            lasts = random.milliseconds(in: 1500...3500)
            detail = "\(random.element(of: Fault.points)):\(random.int(in: 1...12))"
        case .steal:
            lasts = random.milliseconds(in: 1000...2500)
            detail = "\(random.int(in: 1...5))"
        case .cut: lasts = .zero
        case .halfOpen: lasts = random.milliseconds(in: 800...(hasOthers ? 15_000 : 6000))
        case .slow:
            lasts = random.milliseconds(in: 1500...3500)
            detail = "\(random.int(in: 20...80))"
        case .redeliver: lasts = random.milliseconds(in: 200...900)
        case .fullDisk, .failingSync: lasts = random.milliseconds(in: 500...2500)
        case .clockForward:
            lasts = random.milliseconds(in: 800...3000)
            // Small for WaitlistService: offers made by a clock that is ahead are valid until then, and no one else is
            // asked before.
            detail = "\(random.element(of: service == .waitlist ? [1, 3, 8] : [3, 30, 600, 7200, Self.clockAhead]))"
        case .clockBack:
            lasts = random.milliseconds(in: 800...3000)
            detail = "-\(random.element(of: [3, 30, 600, 7200, 2 * 86_400]))"
        case .brokerKill, .brokerRestart, .brokerReplacement: lasts = random.milliseconds(in: 200...1500)
        case .memoryAlarm, .diskAlarm: lasts = random.milliseconds(in: 500...2500)
        case .duplicates: detail = "\(random.int(in: 5...60))"
        case .restore:
            lasts = random.milliseconds(in: 1500...6000)
            detail = random.chance(percent: 25) ? Fault.firstCopy : ""
        case .emptyDisk: lasts = random.milliseconds(in: 100...2000)
        case .move: detail = Partition(number: random.int(in: 0...conditions.partitions - 1)).name
        }
        var fault = Fault(kind, of: service, begins: time, lasts: lasts, detail: detail)
        if let service { fault.process = random.int(in: 0...conditions.processes(of: service) - 1) }
        return fault
    }
}
