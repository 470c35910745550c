import ApplicationDomain
import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

@testable import ApplicationService
@testable import NotifierService
@testable import WaitlistService

/// No query reads a growing table from end to end: SQLite's plan of every statement is read, against a migrated file of
/// its service.
///
/// The statements are taken from the string literals of the sources, and not from what runs during tests, because a
/// statement in a branch that no test reaches counts as well. SQL that is only composed at run time is listed below and
/// run. The plans of an empty file are those of a full one: no file is ever analyzed, so SQLite knows no sizes.
@Suite struct QueryPlanTests {
    /// Their rows are bounded by settings and code: partitions, streams and names.
    private static let boundedTables: Set<String> = [
        "meta", "stream_in", "stream_out", "counter", "row_count", "reminder_plan",
    ]

    /// Statements that may read a table in its own order, by their beginning, and why.
    private static let exceptions = [
        // When a file is opened.
        "SELECT key, count(*) AS count FROM blocked": "once, at opening",
        // The first rows, however many there are.
        "SELECT min(due) FROM (": "LIMIT 1 on each of two indices",
        "SELECT EXISTS (SELECT 1 FROM work)": "the first row",
    ]

    @Test(arguments: Schema.allCases) func `no statement scans what grows`(_ schema: Schema) async throws {
        let folder = try TemporaryFolder("plans")
        let file = try schema.open(folder)
        defer { file.close() }
        var used: Set<String> = []
        let statements = try schema.folders.flatMap { try SourceStatements(in: $0).statements }
        #expect(statements.count > 50)
        for statement in statements {
            for (sql, faults) in try faults(of: statement.sql, in: file) where !faults.isEmpty {
                if let exception = Self.exceptions.keys.first(where: { sql.hasPrefix($0) }) {
                    used.insert(exception)
                } else {
                    Issue.record("\(statement.path): \(sql)\n\(faults)")
                }
            }
        }
        if schema == .application {
            #expect(Self.exceptions.keys.filter { !used.contains($0) } == [], "no longer needed")
        }
    }

    @Test func `statements that are composed at run time are known`() throws {
        let composed = try ["Ledger", "ApplicationService", "WaitlistService", "NotifierService"].flatMap {
            try SourceStatements(in: "Sources/\($0)").composed.map(\.path)
        }
        // The lists of applications, which the next test runs.
        #expect(composed == ["Sources/ApplicationService/Storage/ApplicationStore+lists.swift"])
        let others = try ["Broker", "Contracts", "ServiceKit", "Web"].flatMap {
            let found = try SourceStatements(in: "Sources/\($0)")
            return (found.statements + found.composed).map(\.path)
        }
        #expect(others == [], "SQL that belongs to no schema")
    }

    @Test(arguments: [nil, .open, .started, .cancelled] as [VolunteerApplication.Status?], ApplicationSort.allCases)
    func `no list of applications scans or sorts the table`(
        _ status: VolunteerApplication.Status?, _ sort: ApplicationSort
    ) async throws {
        let folder = try TemporaryFolder("plans")
        let file = try Schema.application.open(folder)
        defer { file.close() }
        let partition = Partition(number: 0)
        for fund in [nil, ID.trusted("fund")] {
            let filter = ApplicationFilter(status: status, fund: fund, text: SearchText("tea"), sort: sort)
            let position = ApplicationPosition(value: 1, partition: partition, rowID: 1)
            let sql = try await file.read { snapshot in
                var traced: [String] = []
                snapshot.db.trace { event in
                    if case .statement(let statement) = event { traced.append(statement.sql) }
                }
                defer { snapshot.db.trace() }
                _ = try ApplicationStore(snapshot).applications(
                    filter, in: partition, after: position, limit: 1, now: .testStart)
                return traced
            }
            let select = try #require(sql.first { $0.contains("FROM application") })
            #expect(try faults(of: select, in: file).flatMap(\.faults) == [])
            // Each row that is read is in the page or was filtered, and none is read before its first row.
            let plan = try await file.pool.read { db in
                let plan = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + select)
                plan.setUncheckedArguments(StatementArguments())
                return try Row.fetchAll(plan).map { $0["detail"] as String }
            }
            let column = sort.key == .start ? "starts_at" : "created_at"
            #expect(plan.count == 1 && plan[0].contains("\(column)>? AND \(column)<?)"), "\(plan)")
        }
    }

    @Test func `a scan, a walk without a constraint and a sort are found`() throws {
        let folder = try TemporaryFolder("plans")
        let file = try Schema.notifier.open(folder)
        defer { file.close() }
        func faults(_ sql: String) throws -> [String] { try self.faults(of: sql, in: file).flatMap(\.faults) }
        #expect(try faults("SELECT count(*) FROM parked") != [])
        #expect(try faults("SELECT min(id) FROM parked") != [])
        #expect(try faults("SELECT due FROM timer WHERE due > ? ORDER BY kind") != [])
        #expect(try faults("SELECT body FROM outbox AS o WHERE o.seq = ?") != [])
        // The streams are few; without CROSS JOIN the outbox would be read first.
        let join = "JOIN outbox ON outbox.stream = stream_out.id AND outbox.seq = stream_out.confirmed + 1"
        #expect(try faults("SELECT min(created_at) FROM stream_out \(join)") != [])
        #expect(try faults("SELECT min(created_at) FROM stream_out CROSS \(join)") == [])
        #expect(try faults("SELECT id FROM parked WHERE id > ? ORDER BY id LIMIT ?") == [])
        #expect(throws: DatabaseError.self) { try faults("SELECT nothing FROM nowhere") }
    }

    // MARK: - Plans

    /// What is wrong with the plans of the statements in `sql`: scans, walks without a constraint, and sorts.
    private func faults(of sql: String, in file: LedgerFile) throws -> [(sql: String, faults: [String])] {
        try file.pool.read { db in
            var found: [(String, [String])] = []
            let statements = try db.allStatements(sql: sql)
            while let statement = try statements.next() {
                let plan = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + statement.sql)
                plan.setUncheckedArguments(StatementArguments())
                let steps = try Row.fetchAll(plan).map { $0["detail"] as String }
                let words = statement.sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                found.append((words, steps.filter(Self.isFault)))
            }
            return found
        }
    }

    /// A step such as `SCAN outbox`, or `SEARCH outbox USING PRIMARY KEY`, which has no constraint such as `(seq>?)`.
    private static func isFault(_ step: String) -> Bool {
        if step.hasPrefix("USE TEMP B-TREE") { return true }
        guard let match = step.firstMatch(of: /^(SCAN|SEARCH) (\S+)(.*)/) else { return false }
        let (_, verb, table, rest) = match.output
        if table == "CONSTANT" || table.hasPrefix("(subquery") || boundedTables.contains(String(table)) { return false }
        return verb == "SCAN" || !rest.contains("(")
    }
}

/// The schema of a service's files: the ledger's tables and its own.
enum Schema: CaseIterable {
    case application, waitlist, notifier

    var folders: [String] {
        switch self {
        case .application: ["Sources/Ledger", "Sources/ApplicationService"]
        case .waitlist: ["Sources/Ledger", "Sources/WaitlistService"]
        case .notifier: ["Sources/Ledger", "Sources/NotifierService"]
        }
    }

    func open(_ folder: TemporaryFolder) throws -> LedgerFile {
        let (service, migrations): (ServiceName, [LedgerMigration]) =
            switch self {
            case .application: (.application, LedgerMigration.application)
            case .waitlist: (.waitlist, LedgerMigration.waitlist)
            case .notifier: (.notifier, LedgerMigration.notifier)
            }
        return try LedgerFile(
            address: Address(service: service, partition: Partition(number: 0)), directory: folder.path,
            partitions: 1, migrations: migrations, now: .testStart)
    }
}
