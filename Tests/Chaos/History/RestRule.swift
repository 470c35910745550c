import Contracts

/// What holds when the system has come to rest by itself, before a probe wakes anything up: nobody is stranded, a
/// reserved spot is offered to somebody (specs/invariants.md: I6), and the files of ApplicationService and
/// WaitlistService agree with each other and with what happened.
struct RestRule {
    private let history: History
    private let applications: [ID: ReplayedApplication]
    private var violations: [Violation] = []

    static func violations(_ whole: History) -> [Violation] {
        guard let history = whole.untilRest else { return [] }
        let evidence = Evidence(history)
        var rule = RestRule(history: history, applications: ReplayedApplication.all(evidence))
        for (id, rest) in history.rest.sorted(by: { $0.key < $1.key }) { rule.check(rest, of: id) }
        return SpotRule.stranded(evidence) + rule.violations
    }

    private init(history: History, applications: [ID: ReplayedApplication]) {
        self.history = history
        self.applications = applications
    }

    private mutating func check(_ rest: ApplicationRest, of id: ID) {
        func report(_ name: Violation.Name, _ text: String) {
            violations.append(Violation(name, application: id, "at rest " + text))
        }
        guard let application = applications[id] else {
            return report(.stateDiffers, "ApplicationService's file has an application that was never announced")
        }
        guard application.isOpen(in: history) else { return }
        let decider = rest.decider
        let list = rest.list
        if decider.confirmed != application.confirmed {
            report(
                .stateDiffers,
                "the file has \(decider.confirmed.count) confirmed, the messages \(application.confirmed.count)")
        }
        if decider.waiting != Set(application.waiting) {
            report(
                .stateDiffers,
                "the file has \(decider.waiting.count) waiting, the messages \(application.waiting.count)")
        }
        if list.order != application.waiting {
            report(
                .listsDiffer,
                "WaitlistService's file has \(list.order.count) on the list, \(application.waiting.count) were sent")
        }
        if (decider.reserved, decider.release) != (application.reserved, application.release) {
            report(
                .stateDiffers,
                "the file reserves \(decider.reserved) in release \(decider.release), the last message "
                    + "\(application.reserved) in release \(application.release)")
        }
        if decider.reserved != list.reserved || decider.release != list.release || decider.sent != list.seen {
            report(
                .stateDiffers,
                "ApplicationService reserves \(decider.reserved) in release \(decider.release) with message "
                    + "\(decider.sent), WaitlistService \(list.reserved) in \(list.release) with \(list.seen)")
        }
        if decider.reserved > decider.waiting.count {
            report(.reservedForNobody, "\(decider.reserved) spots are reserved while \(decider.waiting.count) wait")
        }
        let holders = decider.offers.filter { decider.waiting.contains($0.key) && $0.value > history.endedAt }
        if decider.reserved > 0, list.outstanding == 0 || holders.isEmpty {
            report(
                .stranded,
                "\(decider.reserved) spots are reserved, but \(holders.count) hold an offer, and WaitlistService has "
                    + "\(list.outstanding) outstanding")
        }
    }
}
