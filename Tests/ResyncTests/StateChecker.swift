import ApplicationDomain
import Contracts
import GRDB
import Ledger
import NotifierDomain
import TestSupport
import WaitlistDomain

@testable import ApplicationService
@testable import NotifierService
@testable import WaitlistService

/// Compares the files of the three services when nothing is in progress any more. ApplicationService's is what counts.
struct StateChecker {
    /// What ApplicationService knows.
    struct KnownApplication {
        let application: VolunteerApplication
        let members: [Member]
        /// The partitions of NotifierService that are to know it.
        let notifiers: NotifierPartitions
    }

    private let network: Network
    private(set) var violations: [String] = []

    init(_ network: Network) {
        self.network = network
    }

    /// Everything in which the services do not agree.
    static func violations(_ network: Network) throws -> [String] {
        var checker = StateChecker(network)
        let applications = try checker.applications()
        try checker.checkLists(applications)
        try checker.checkNotifiers(applications)
        return checker.violations
    }

    /// All applications with their members.
    func applications() throws -> [KnownApplication] {
        guard let file = network.application.life?.file else { return [] }
        let rows = try file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT id, key FROM application WHERE key NOT LIKE '*%' ORDER BY key")
        }
        return try rows.compactMap { row in
            let stored = try file.pointRead { try ApplicationStore($0).application(.trusted(row[1])) }
            let members = try file.pointRead { try ApplicationStore($0).members(of: row[0], after: "", limit: 10_000) }
            return stored.map {
                KnownApplication(application: $0.application, members: members, notifiers: $0.notifiers)
            }
        }
    }

    private mutating func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }

    // MARK: - Waiting lists

    private mutating func checkLists(_ applications: [KnownApplication]) throws {
        guard let file = network.waitlist.life?.file else { return }
        for known in applications where known.application.status != .cancelled {
            let application = known.application
            let id = application.id.string
            guard let stored = try file.pointRead({ try WaitlistStore($0).list(application.id) }) else {
                violations.append("\(id) has no waiting list")
                continue
            }
            let list = stored.list
            let entries = try file.pointRead {
                try WaitlistStore($0).page(of: stored, after: 0, through: .max, limit: 10_000)
            }
            let waiting = known.members.filter { $0.standing == .waiting }
                .sorted { ($0.sequence ?? 0) < ($1.sequence ?? 0) }
            require(entries.map(\.volunteer) == waiting.map(\.volunteer), "\(id): lists differ: \(entries) \(waiting)")
            require(list.listed == entries.count, "\(id): \(list.listed) listed, but \(entries.count) entries")
            require(waiting.allSatisfy(\.isListed), "\(id): somebody has not heard of the place on the list")
            require(!list.isIncomplete, "\(id): the list is incomplete")
            require(list.seen == application.sent, "\(id): seen \(list.seen) of \(application.sent)")
            require(
                list.reserved == application.reserved && application.reserved <= waiting.count,
                "\(id): reserved \(list.reserved) and \(application.reserved) for \(waiting.count)")
            require(
                application.reserved == 0 || list.release == application.release,
                "\(id): release \(list.release) and \(application.release)")
            let now = network.wall.now
            let offers = waiting.count { application.validOffer(of: $0, at: now) != nil }
            require(offers == list.outstanding, "\(id): \(offers) offers and \(list.outstanding)")
            require(
                application.status(at: now) != .open || application.reserved == 0 || offers > 0,
                "\(id): \(application.reserved) spots are reserved, and no one is offered one")
        }
        let known = Set(applications.map(\.application.id.string))
        for key in try file.pool.read({ try String.fetchAll($0, sql: "SELECT key FROM list WHERE key NOT LIKE '*%'") })
        {
            require(known.contains(key), "WaitlistService has a list of \(key), which is unknown")
        }
    }

    // MARK: - NotifierService

    private mutating func checkNotifiers(_ applications: [KnownApplication]) throws {
        for node in network.notifiers {
            guard let file = node.life?.file else { continue }
            for known in applications { try check(known, in: file, of: node.address) }
            let unknown = try file.pool.read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT key || ' ' || user FROM audience JOIN application ON application.id = application
                        WHERE standing <> 'none'
                        """)
            }.filter { row in !applications.contains { row.hasPrefix("\($0.application.id.string) ") } }
            require(unknown.isEmpty, "\(node.address) has recipients of unknown applications: \(unknown)")
        }
    }

    private mutating func check(_ known: KnownApplication, in file: LedgerFile, of address: Address) throws {
        let application = known.application
        let id = "\(address): \(application.id.string)"
        let store = try file.pool.read { db in
            try Row.fetchOne(
                db, sql: "SELECT id, name, date, starts_at, cancelled FROM application WHERE key = ?",
                arguments: [application.id.string])
        }
        guard known.notifiers.contains(address.partition) else {
            require(store == nil, "\(id) is known, but will not hear of changes")
            let users = known.members.filter { $0.standing != .declined && belongs($0, to: address) }
            return require(users.isEmpty, "\(id): nothing was told to \(users.map(\.volunteer))")
        }
        guard let store else { return violations.append("\(id) is unknown") }
        require(store["name"] == application.details.name, "\(id) has another name")
        require(store["starts_at"] == application.startsAt.milliseconds, "\(id) starts at another time")
        require(store["cancelled"] == (application.status == .cancelled), "\(id) is cancelled on one side")
        let rows = try file.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, user, standing FROM audience WHERE application = ?",
                arguments: [store["id"] as Int64])
        }
        for row in rows {
            let member = known.members.first { $0.volunteer.string == row["user"] }
            let standing = application.status == .cancelled ? "none" : member?.standing.audience ?? "none"
            require(
                row["standing"] == standing, "\(id): \(row["user"] as String) is \(row["standing"] as String) there")
            try checkReminders(of: row["id"], isConfirmed: standing == "confirmed", application, file, id)
        }
        let users = Set(rows.map { $0["user"] as String })
        for member in known.members where member.standing != .declined && application.status != .cancelled {
            guard belongs(member, to: address) else { continue }
            require(users.contains(member.volunteer.string), "\(id): \(member.volunteer.string) is unknown")
        }
    }

    private func belongs(_ member: Member, to address: Address) -> Bool {
        Partition.of(member.volunteer, count: Network.partitions) == address.partition
    }

    private mutating func checkReminders(
        of recipient: Int64, isConfirmed: Bool, _ application: VolunteerApplication, _ file: LedgerFile, _ id: String
    ) throws {
        let timers = try file.pool.read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM timer WHERE kind = 'reminder' AND key LIKE ? || ' %'",
                arguments: [recipient]) ?? 0
        }
        let isAhead = application.startsAt.advanced(by: .seconds(-86_400)) > network.wall.now
        require(timers == (isConfirmed && isAhead ? 1 : 0), "\(id): \(timers) reminders are planned")
    }
}

extension Member.Standing {
    fileprivate var audience: String {
        switch self {
        case .confirmed: "confirmed"
        case .waiting: "waiting"
        case .declined: "none"
        }
    }
}
