import Contracts

/// When the system has come to rest by itself, the files of the three services agree, whatever was lost: lists and
/// their order, reserved spots and offers, standings, names, starts and planned reminders. ApplicationService's file is
/// what counts (contract section 4).
struct AgreementRule {
    private let history: History
    private let id: ID
    private let decider: ApplicationRest.Decider
    private let list: ApplicationRest.List
    private var violations: [Violation] = []

    static func violations(_ history: History) -> [Violation] {
        let known = Set(history.rest.keys).union(history.audiences.keys)
        return known.sorted().flatMap { id in
            var rule = AgreementRule(history, id, history.rest[id] ?? ApplicationRest())
            rule.check()
            return rule.violations
        }
    }

    private init(_ history: History, _ id: ID, _ rest: ApplicationRest) {
        self.history = history
        self.id = id
        decider = rest.decider
        list = rest.list
    }

    private mutating func require(_ condition: Bool, _ name: Violation.Name, _ text: String) {
        if !condition { violations.append(Violation(name, application: id, "at rest " + text)) }
    }

    private mutating func check() {
        // Files that are described in part, as some tests do it, are not compared.
        guard decider.exists || !history.losses.isEmpty else { return }
        if decider.exists, !decider.isCancelled { checkList() }
        if !decider.exists {
            require(!list.exists, .listsDiffer, "WaitlistService has a list, but the application is unknown")
        }
        guard !history.audiences.isEmpty else { return }
        for number in 0..<history.conditions.partitions {
            checkAudience(history.audiences[id]?[Partition(number: number)], of: Partition(number: number))
        }
    }

    private mutating func checkList() {
        require(list.exists, .listsDiffer, "WaitlistService has no list")
        require(
            list.order == decider.order, .listsDiffer,
            "WaitlistService's list is \(Self.text(list.order)), ApplicationService's \(Self.text(decider.order))")
        guard decider.startsAt > history.endedAt.advanced(by: history.clockAhead) else { return }
        require(
            decider.reserved == list.reserved && decider.sent == list.seen
                && (decider.reserved == 0 || decider.release == list.release),
            .stateDiffers,
            "ApplicationService reserves \(decider.reserved) in release \(decider.release) with message "
                + "\(decider.sent), WaitlistService \(list.reserved) in \(list.release) with \(list.seen)")
        require(
            decider.reserved <= decider.waiting.count, .reservedForNobody,
            "\(decider.reserved) spots are reserved while \(decider.waiting.count) wait")
        let holders = decider.offers.count { decider.waiting.contains($0.key) && $0.value > history.endedAt }
        require(
            decider.reserved == 0 || holders > 0 && list.outstanding > 0, .stranded,
            "\(decider.reserved) spots are reserved, but \(holders) hold an offer, and WaitlistService has "
                + "\(list.outstanding) outstanding")
    }

    private mutating func checkAudience(_ audience: AudienceRest?, of partition: Partition) {
        let name = "notifier.\(partition.name)"
        guard decider.exists else {
            let people = (audience?.confirmed ?? []).union(audience?.waiting ?? [])
            return require(people.isEmpty, .stateDiffers, "\(name) has \(people.count) of an unknown application")
        }
        guard let audience else {
            // A partition knows only the applications that its volunteers take part in.
            compare([], decider.confirmed, "confirmed", partition)
            return compare([], decider.waiting, "waiting", partition)
        }
        require(audience.name == decider.name, .stateDiffers, "\(name) calls it \(audience.name), not \(decider.name)")
        require(audience.startsAt == decider.startsAt, .stateDiffers, "\(name) has another start")
        require(audience.isCancelled == decider.isCancelled, .stateDiffers, "it is cancelled on one side of \(name)")
        compare(audience.confirmed, decider.confirmed, "confirmed", partition)
        compare(audience.waiting, decider.waiting, "waiting", partition)
        // Reminders of a near start are sent, or their timers have gone off.
        guard decider.startsAt > history.endedAt.advanced(by: history.clockAhead) else { return }
        compare(audience.reminded, decider.isCancelled ? [] : decider.confirmed, "to be reminded", partition)
    }

    private mutating func compare(_ there: Set<ID>, _ all: Set<ID>, _ what: String, _ partition: Partition) {
        let here =
            decider.isCancelled
            ? [] : all.filter { Partition.of($0, count: history.conditions.partitions) == partition }
        for user in there.symmetricDifference(here).sorted() {
            let side =
                there.contains(user) ? "only in notifier.\(partition.name)" : "but not in notifier.\(partition.name)"
            violations.append(
                Violation(.stateDiffers, application: id, volunteer: user, "at rest is \(what), \(side)"))
        }
    }

    private static func text(_ order: [ID]) -> String {
        order.prefix(12).map(\.string).joined(separator: " ") + (order.count > 12 ? " … (\(order.count))" : "")
    }
}
