import ApplicationDomain
import Contracts
import WaitlistDomain

/// Watches a run from outside and keeps its own account of it: who was told what, in which order people came, since
/// when spots are open.
struct Witness {
    private(set) var tellings: [(volunteer: ID, record: SpotStatusRecord)] = []
    /// In the order in which ApplicationService let them wait.
    private(set) var queue: [ID] = []
    /// The latest release in which a waiting person heard that a spot is to be had.
    private(set) var heard: [ID: Int] = [:]
    /// Who was told that they are on the list, since they are.
    private(set) var listed: Set<ID> = []
    /// The release that opened the spots that are open now.
    private(set) var openSince: Int?
    private var notChosen: [ID: Set<Int>] = [:]
    private var cancellations: Set<ID> = []

    /// What is compared with the state after a step.
    struct Snapshot {
        let application: VolunteerApplication
        let members: [ID: Member]
        let told: Int
    }

    func snapshot(of world: World) -> Snapshot {
        Snapshot(application: world.application, members: world.members, told: tellings.count)
    }

    mutating func told(_ volunteer: ID, _ message: Message) {
        if case .spotStatus(let record) = message { tellings.append((volunteer, record)) }
    }

    /// Takes over a list that grew unwatched.
    mutating func trust(queue: [ID]) {
        self.queue = queue
        listed = Set(queue)
    }

    // MARK: - After every step

    mutating func check(_ world: World, after step: Step, before: Snapshot) throws {
        let told = tellings[before.told...].map { ($0.volunteer, $0.record) }
        try checkCounts(world)
        try checkStanding(world, step, before, told)
        try checkTellings(world, before, told)
        follow(world, before, told)
        try checkWaitlist(world)
    }

    private func checkCounts(_ world: World) throws {
        let application = world.application
        let standings = world.members.values.map(\.standing)
        guard application.confirmed == standings.count(where: { $0 == .confirmed }),
            application.waiting == standings.count(where: { $0 == .waiting })
        else { throw Violation("the counts of an application are not those of its members") }
        guard (0...application.free).contains(application.reserved) else {
            throw Violation("R = \(application.reserved) of \(application.free) free spots")
        }
        guard application.reserved == 0 || application.waiting > 0 else {
            throw Violation("spots are reserved although nobody waits (rule 1)")
        }
    }

    /// Who may come to hold a spot, judged from the state before.
    private func checkStanding(
        _ world: World, _ step: Step, _ before: Snapshot, _ told: [(ID, SpotStatusRecord)]
    ) throws {
        let application = before.application
        for (volunteer, member) in world.members {
            let was = before.members[volunteer]
            let isNew = member.standing == .confirmed && was?.standing != .confirmed
            guard told.count(where: { $0.0 == volunteer && $0.1.status == .confirmed }) == (isNew ? 1 : 0) else {
                throw Violation("a confirmation is not told once")
            }
            if was?.standing == .confirmed, member.standing != .confirmed {
                guard case .decline = step else { throw Violation("a confirmed volunteer was removed by \(step)") }
            }
            guard isNew else { continue }
            guard application.confirmed < application.capacity else { throw Violation("overbooked") }
            guard application.status == .open, world.applicationNow < application.startsAt else {
                throw Violation("confirmed although not open")
            }
            let offer = was?.offer.flatMap { $0.release == application.release ? $0 : nil }
            let claims =
                was?.standing == .waiting && application.reserved > 0
                && offer.map { world.applicationNow < $0.expiresAt } ?? false
            guard claims || application.open > 0 else {
                throw Violation("confirmed without an offer that holds and without an open spot")
            }
        }
    }

    private mutating func checkTellings(
        _ world: World, _ before: Snapshot, _ told: [(ID, SpotStatusRecord)]
    ) throws {
        for (volunteer, record) in told {
            let member = world.members[volunteer]
            switch record.status {
            case .notChosen:
                guard let release = member?.notChosenIn,
                    notChosen[volunteer, default: []].insert(release).inserted
                else { throw Violation("told `не выбрал` twice in one release") }
            case .cancelled:
                guard cancellations.insert(volunteer).inserted else { throw Violation("told `отменено` twice") }
            case .available:
                guard member?.standing == .waiting, world.application.status == .open else {
                    throw Violation("somebody who does not wait was told of a spot")
                }
            case .waiting, .confirmed, .refused:
                break
            }
            if world.application.status == .cancelled, ![.cancelled, .notChosen, .refused].contains(record.status) {
                throw Violation("told \(record.status) after the cancellation")
            }
            if world.application.status == .cancelled, record.status == .notChosen, cancellations.contains(volunteer) {
                throw Violation("told `не выбрал` after `отменено`")
            }
        }
    }

    private mutating func follow(_ world: World, _ before: Snapshot, _ told: [(ID, SpotStatusRecord)]) {
        for (volunteer, member) in world.members {
            let waited = before.members[volunteer]?.standing == .waiting
            guard waited != (member.standing == .waiting) else { continue }
            if waited {
                queue.removeAll { $0 == volunteer }
            } else {
                queue.append(volunteer)
            }
            heard[volunteer] = nil
            listed.remove(volunteer)
        }
        for (volunteer, record) in told {
            if record.status == .available { heard[volunteer] = before.application.release }
            if record.status == .waiting { listed.insert(volunteer) }
        }
        let isOpen = world.application.status == .open && world.application.open > 0
        openSince = isOpen ? openSince ?? world.application.release : nil
    }

    private func checkWaitlist(_ world: World) throws {
        guard let list = world.list else { return }
        let rounds = world.entries.map { world.rounds[$0.round] }
        guard list.listed == rounds.count, list.asked == rounds.count(where: { $0 != nil }),
            list.outstanding == rounds.count(where: { $0?.lapsed == false })
        else { throw Violation("the counts of a list are not those of its rows") }
        for round in world.rounds.values {
            guard round.members == world.entries.count(where: { $0.round == round.number }) else {
                throw Violation("a round does not know how many it holds")
            }
            guard round.lapsed || world.lapses[round.number] == round.expiresAt || round.expiresAt <= world.waitlistNow
            else { throw Violation("no timer will end a round") }
        }
        if list.scan == nil || list.scan?.purpose == .openToAll {
            guard !world.entries.contains(where: { $0.sequence < list.unaskedFrom && !world.isAsked($0) }) else {
                throw Violation("somebody unasked stands before the place from which the next are looked for")
            }
        }
    }

    /// Rule 12: each who comes is answered, with the place on the list.
    func check(records: [Message], of world: World, after message: Message) throws {
        guard case .waiting(let waiting) = message, world.list?.cancelled == false, world.fault == nil else { return }
        for case .waitingListRecord(let record) in records.reversed() where record.userID == waiting.volunteerID {
            guard record.position == world.place(of: record.userID) else {
                throw Violation("the place told is not the place on the list")
            }
            return
        }
        throw Violation("no waiting_list_record answers volunteer_waiting")
    }
}
