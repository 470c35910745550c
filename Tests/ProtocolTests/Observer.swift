import ApplicationDomain
import Contracts
import WaitlistDomain

/// Observes a run from outside and keeps its own record: which volunteer was told what, the order of the queue, and
/// since which release spots are open.
struct Observer {
    private(set) var notifications: [(volunteer: ID, record: SpotStatusRecord)] = []
    /// The waiting volunteers, in the order in which ApplicationService accepted them.
    private(set) var queue: [ID] = []
    /// The latest release in which a waiting volunteer was told of a spot.
    private(set) var notifiedRelease: [ID: Int] = [:]
    /// The waiting volunteers who were told that they are on the list.
    private(set) var listed: Set<ID> = []
    /// The release that opened the spots that are open now.
    private(set) var openSinceRelease: Int?
    /// Those who waited when spots became open that the list cannot use (rule 1), and were not told of them yet.
    private(set) var owedOpening: Set<ID> = []
    private var notChosen: [ID: Set<Int>] = [:]
    private var cancellations: Set<ID> = []

    /// The state before a step, to compare with the state after it.
    struct Snapshot {
        let application: VolunteerApplication
        let members: [ID: Member]
        let notificationCount: Int
    }

    func snapshot(of state: ModelState) -> Snapshot {
        Snapshot(application: state.application, members: state.members, notificationCount: notifications.count)
    }

    mutating func observe(_ message: Message, to volunteer: ID) {
        if case .spotStatus(let record) = message { notifications.append((volunteer, record)) }
    }

    /// Takes over a queue that grew without being observed.
    mutating func adopt(queue: [ID]) {
        self.queue = queue
        listed = Set(queue)
    }

    // MARK: - After every step

    mutating func check(_ state: ModelState, after step: Step, before: Snapshot) throws {
        let sent = notifications[before.notificationCount...].map { ($0.volunteer, $0.record) }
        try checkCounts(state)
        try checkStanding(state, step, before, sent)
        try checkNotifications(state, before, sent)
        record(state, before, sent)
        try checkWaitlist(state)
    }

    private func checkCounts(_ state: ModelState) throws {
        let application = state.application
        let standings = state.members.values.map(\.standing)
        guard application.confirmed == standings.count(where: { $0 == .confirmed }),
            application.waiting == standings.count(where: { $0 == .waiting })
        else { throw InvariantViolation("the counters of the application do not match its members") }
        guard (0...application.free).contains(application.reserved) else {
            throw InvariantViolation("R = \(application.reserved) of \(application.free) free spots")
        }
        guard application.reserved <= application.waiting else {
            throw InvariantViolation("R = \(application.reserved) for \(application.waiting) who wait (rule 1, I13)")
        }
    }

    /// Whether each newly confirmed volunteer had a right to a spot in the state before.
    private func checkStanding(
        _ state: ModelState, _ step: Step, _ before: Snapshot, _ sent: [(ID, SpotStatusRecord)]
    ) throws {
        let application = before.application
        for (volunteer, member) in state.members {
            let previous = before.members[volunteer]
            let isNew = member.standing == .confirmed && previous?.standing != .confirmed
            guard sent.count(where: { $0.0 == volunteer && $0.1.status == .confirmed }) == (isNew ? 1 : 0) else {
                throw InvariantViolation("a confirmation was not sent exactly once")
            }
            if previous?.standing == .confirmed, member.standing != .confirmed {
                guard case .decline = step else {
                    throw InvariantViolation("a confirmed volunteer was removed by \(step)")
                }
            }
            guard isNew else { continue }
            guard application.confirmed < application.capacity else { throw InvariantViolation("overbooked") }
            guard application.status == .open, state.applicationNow < application.startsAt else {
                throw InvariantViolation("confirmed although the application is not open")
            }
            let offer = previous?.offer.flatMap { $0.release == application.release ? $0 : nil }
            let claims =
                previous?.standing == .waiting && application.reserved > 0
                && offer.map { state.applicationNow < $0.expiresAt } ?? false
            guard claims || application.open > 0 else {
                throw InvariantViolation("confirmed without a valid offer and without an open spot")
            }
        }
    }

    private mutating func checkNotifications(
        _ state: ModelState, _ before: Snapshot, _ sent: [(ID, SpotStatusRecord)]
    ) throws {
        for (volunteer, record) in sent {
            let member = state.members[volunteer]
            switch record.status {
            case .notChosen:
                guard let release = member?.notChosenIn,
                    notChosen[volunteer, default: []].insert(release).inserted
                else { throw InvariantViolation("told `не выбрал` twice in one release") }
            case .cancelled:
                guard cancellations.insert(volunteer).inserted else {
                    throw InvariantViolation("told `отменено` twice")
                }
            case .available:
                guard member?.standing == .waiting, state.application.status == .open else {
                    throw InvariantViolation("a volunteer who does not wait was told of a spot")
                }
            case .waiting, .confirmed, .refused:
                break
            }
            if state.application.status == .cancelled, ![.cancelled, .notChosen, .refused].contains(record.status) {
                throw InvariantViolation("told \(record.status) after the cancellation")
            }
            if state.application.status == .cancelled, record.status == .notChosen, cancellations.contains(volunteer) {
                throw InvariantViolation("told `не выбрал` after `отменено`")
            }
        }
    }

    private mutating func record(_ state: ModelState, _ before: Snapshot, _ sent: [(ID, SpotStatusRecord)]) {
        for (volunteer, member) in state.members {
            let wasWaiting = before.members[volunteer]?.standing == .waiting
            guard wasWaiting != (member.standing == .waiting) else { continue }
            if wasWaiting {
                queue.removeAll { $0 == volunteer }
            } else {
                queue.append(volunteer)
            }
            notifiedRelease[volunteer] = nil
            owedOpening.remove(volunteer)
            listed.remove(volunteer)
        }
        let hasGrown = state.application.free > before.application.free && state.application.status == .open
        if hasGrown, state.application.reserved > 0, state.application.reserved == before.application.reserved,
            before.application.status == .open
        {
            owedOpening = Set(queue)
        }
        for (volunteer, record) in sent {
            if record.status == .available {
                notifiedRelease[volunteer] = before.application.release
                owedOpening.remove(volunteer)
            }
            if record.status == .waiting { listed.insert(volunteer) }
        }
        let isOpen = state.application.status == .open && state.application.open > 0
        if !isOpen { owedOpening = [] }
        openSinceRelease = isOpen ? openSinceRelease ?? state.application.release : nil
    }

    private func checkWaitlist(_ state: ModelState) throws {
        guard let list = state.list else { return }
        let rounds = state.entries.map { state.rounds[$0.round] }
        guard list.listed == rounds.count, list.asked == rounds.count(where: { $0 != nil }),
            list.outstanding == rounds.count(where: { $0?.lapsed == false })
        else { throw InvariantViolation("the counters of the list do not match its rows") }
        for round in state.rounds.values {
            guard round.members == state.entries.count(where: { $0.round == round.number }) else {
                throw InvariantViolation("a round has a wrong member count")
            }
            guard round.lapsed || state.lapses[round.number] == round.expiresAt || round.expiresAt <= state.waitlistNow
            else { throw InvariantViolation("a round has no timer") }
        }
        if list.scan == nil || list.scan?.purpose == .openToAll {
            guard !state.entries.contains(where: { $0.sequence < list.unaskedFrom && !state.isAsked($0) }) else {
                throw InvariantViolation("an unasked volunteer precedes the sequence from which the next search starts")
            }
        }
    }

    /// Rule 12: every newcomer is answered with the position on the list.
    func check(records: [Message], of state: ModelState, after message: Message) throws {
        guard case .waiting(let waiting) = message, state.list?.cancelled == false, state.mutation == nil else {
            return
        }
        for case .waitingListRecord(let record) in records.reversed() where record.userID == waiting.volunteerID {
            guard record.position == state.position(of: record.userID) else {
                throw InvariantViolation("the position sent is not the position on the list")
            }
            return
        }
        throw InvariantViolation("no waiting_list_record answers volunteer_waiting")
    }
}
