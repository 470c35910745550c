import ApplicationDomain
import Contracts
import Foundation
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// Lists of applications and responses, page by page (contract section 8).
@Suite struct ApplicationListTests {
    private static let partition = Partition(number: 0)

    /// - Parameters:
    ///   - start: seconds after the time of the tests.
    ///   - creation: milliseconds; 0 for an application of an earlier version.
    private static func application(
        _ id: Int, start: Int = 60, creation: Int64 = 1, fund: String = "1", name: String = "Trees",
        status: VolunteerApplication.Status = .open
    ) -> VolunteerApplication {
        let startsAt = Timestamp.testStart.advanced(by: .seconds(start))
        let (date, time) = CivilClock.civil(startsAt, in: .gmt)
        let schedule = ApplicationSchedule(date: date, startTime: time, endTime: time, timeZone: "UTC")
        return VolunteerApplication(
            id: .trusted("\(id)"), fundID: .trusted(fund),
            details: ApplicationDetails(name: name, description: "", schedule: schedule), capacity: 1,
            status: status, startsAt: startsAt, creationDigest: "",
            createdAt: creation == 0 ? nil : Timestamp(milliseconds: creation))
    }

    private func pages(
        _ file: LedgerFile, _ filter: ApplicationFilter, limit: Int
    ) throws -> [[Int]] {
        var pages: [[Int]] = []
        var position: ApplicationPosition?
        repeat {
            let after = position
            let scan = try file.pointRead {
                try ApplicationStore($0).applications(
                    filter, in: Self.partition, after: after, limit: limit + 1, now: .testStart)
            }
            let page = ApplicationScan.merge([scan], filter.sort, limit: limit)
            pages.append(page.items.compactMap { Int($0.id.string) })
            position = page.next
            try #require(pages.count < 100, "the pages end")
        } while position != nil
        return pages
    }

    @Test func `a list is sorted by start or creation, in both directions, whatever the size of its pages`()
        async throws
    {
        let applications = [
            Self.application(1, start: 30, creation: 0), Self.application(2, start: 10, creation: 0),
            Self.application(3, start: 20, creation: 5), Self.application(4, start: 20, creation: 5, fund: "2"),
            Self.application(5, start: -10, creation: 6), Self.application(6, start: 20, creation: 7),
            Self.application(7, start: 40, creation: 3, fund: "2", status: .cancelled),
        ]
        let creation = [1, 2, 7, 3, 4, 5, 6]
        let start = [5, 2, 3, 4, 6, 1, 7]
        func closed(_ filter: ApplicationFilter) -> (Int) -> Bool {
            { id in filter.matches(applications[id - 1], at: .testStart) }
        }
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            try await fixture.write { transaction in
                for application in applications { try ApplicationStore(transaction).insert(application) }
            }
            for sort in ApplicationSort.allCases {
                let ascending = sort.key == .start ? start : creation
                let order = sort.isDescending ? ascending.reversed() : ascending
                for status in [nil] + VolunteerApplication.Status.allCases {
                    for fund in [nil, "1", "2"].map({ $0.map(ID.trusted) }) {
                        var filter = ApplicationFilter(status: status, fund: fund, sort: sort)
                        for range in [false, true] {
                            if range {
                                filter.startsFrom = .testStart.advanced(by: .seconds(10))
                                filter.startsBefore = .testStart.advanced(by: .seconds(30))
                            }
                            let expected = order.filter(closed(filter))
                            for limit in 1...3 {
                                let pages = try pages(fixture.file, filter, limit: limit)
                                #expect(pages.flatMap(\.self) == expected, "\(filter)")
                                #expect(pages.dropLast().allSatisfy { $0.count == limit }, "\(filter)")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func `a page reads a bounded number of rows, and the next one continues behind them`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            try await fixture.write { transaction in
                let store = ApplicationStore(transaction)
                for id in 1...2500 {
                    try store.insert(
                        Self.application(id, start: id, creation: Int64(id), name: id % 1200 == 0 ? "Чай" : "Хлеб"))
                }
            }
            for sort in ApplicationSort.allCases {
                let filter = ApplicationFilter(text: SearchText("чай"), sort: sort)
                let expected = sort.isDescending ? [[], [2400, 1200], []] : [[], [1200], [2400]]
                let pages = try pages(fixture.file, filter, limit: 2)
                #expect(pages.flatMap(\.self) == expected.flatMap(\.self))
                #expect(pages.count == 3, "1,000 rows each")
            }
        }
    }

    @Test func `pages over several partitions are in one order, also where one of them ends early`() {
        func position(_ value: Int64, _ partition: Int, _ row: Int64 = 1) -> ApplicationPosition {
            ApplicationPosition(value: value, partition: Partition(number: partition), rowID: row)
        }
        func scan(
            _ positions: [ApplicationPosition], end: ApplicationPosition? = nil
        ) -> ApplicationScan<VolunteerApplication> {
            ApplicationScan(
                found: positions.map { ($0, Self.application(Int($0.value) * 10 + $0.partition.number)) }, end: end)
        }
        func merge(
            _ scans: [ApplicationScan<VolunteerApplication>], _ sort: ApplicationSort = .byStart
        ) -> ([String], ApplicationPosition?) {
            let page = ApplicationScan.merge(scans, sort, limit: 2)
            return (page.items.map(\.id.string), page.next)
        }
        let (all, none) = merge([scan([position(3, 0)]), scan([position(3, 1)])])
        #expect(all == ["30", "31"] && none == nil)
        let (first, next) = merge([
            scan([position(1, 0), position(3, 0), position(4, 0)], end: position(4, 0)), scan([position(2, 1)]),
        ])
        #expect(first == ["10", "21"] && next == position(2, 1))
        // The second partition read no further than 2: what it has before 3 is not known yet.
        let (short, end) = merge([
            scan([position(1, 0), position(3, 0), position(4, 0)], end: position(4, 0)), scan([], end: position(2, 1)),
        ])
        #expect(short == ["10"] && end == position(2, 1))
        let (down, lower) = merge(
            [
                scan([position(4, 0), position(1, 0)], end: position(1, 0)),
                scan([position(4, 1)], end: position(3, 1)),
            ],
            .byStartDescending)
        #expect(down == ["41", "40"] && lower == position(3, 1))
    }

    @Test(arguments: ApplicationSort.allCases)
    func `a page begins in each partition after the position of the one before`(sort: ApplicationSort) {
        let position = ApplicationPosition(value: 50, partition: Partition(number: 1), rowID: 7)
        let filter = ApplicationFilter(sort: sort)
        let all = (0..<3).flatMap { partition in
            [49, 50, 51].flatMap { value in
                [Int64(6), 7, 8].map { row in
                    ApplicationPosition(value: value, partition: Partition(number: partition), rowID: row)
                }
            }
        }
        for other in all {
            let range = ApplicationRange(filter, in: other.partition, after: position, now: .testStart)
            let bound = ApplicationRange.Bound(value: other.value, rowID: other.rowID)
            #expect((range.lower < bound && bound < range.upper) == sort.precedes(position, other), "\(other)")
        }
    }

    @Test func `a search ignores case and composition, and finds parts of words`() {
        let rows: [(query: String, text: String, isFound: Bool)] = [
            ("чай", "Горячий Чай", true), ("ЧАЙ", "горячий чай", true), (" чай\t", "Чайник", true),
            ("чаи", "Чай", false), ("чаи\u{306}", "Чай", true), ("чай", "Чаи\u{306}", true), ("ё", "Ёлка", true),
            ("tea at", "Hot Tea at noon", true), ("tea  at", "Hot tea at noon", false), ("STRASSE", "straße", false),
            ("%", "100 %", true), ("_", "tea", false), ("*", "tea", false), ("tea", "", false), ("café", "CAFÉ", true),
        ]
        for (query, text, isFound) in rows {
            #expect(SearchText(query)?.occurs(in: text) == isFound, "\(query) in \(text)")
        }
        let longest = String(repeating: "я", count: SearchText.maxLength)
        #expect(SearchText(longest) != nil && SearchText(longest + "я") == nil)
        #expect(SearchText("") == nil && SearchText(" \n") == nil)
    }

    // MARK: - Members

    @Test func `members are listed by id, or those who wait in the order of the list and then the others`()
        async throws
    {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            try await fixture.write { transaction in
                let store = ApplicationStore(transaction)
                for id in 1...2 { try store.insert(Self.application(id)) }
                for (volunteer, sequence) in [("a", 9), ("b", nil), ("c", 3), ("d", nil), ("e", 5)] {
                    let standing: Member.Standing =
                        sequence != nil ? .waiting : volunteer == "b" ? .declined : .confirmed
                    let member = Member(
                        volunteer: .trusted(volunteer), standing: standing, since: .testStart, sequence: sequence)
                    for row in [Int64(1), 2] { try store.save(member, over: nil, of: row) }
                }
            }
            func list(_ order: ResponseOrder?, _ standing: Member.Standing?, limit: Int) throws -> String {
                var found = ""
                let first = ResponseOrder.start(order)
                var place = first
                while true {
                    let after = place
                    let page = try fixture.file.pointRead {
                        try ApplicationStore($0).members(of: 1, after: after, limit: limit, standing: standing)
                    }
                    found += page.map(\.volunteer.string).joined()
                    guard page.count == limit, let last = page.last else { return found }
                    place = first.after(last)
                }
            }
            for limit in 1...6 {
                #expect(try list(nil, nil, limit: limit) == "abcde")
                #expect(try list(.position, nil, limit: limit) == "ceabd")
                #expect(try list(nil, .waiting, limit: limit) == "ace")
                #expect(try list(.position, .waiting, limit: limit) == "cea")
                #expect(try list(.position, .confirmed, limit: limit) == "d")
                #expect(try list(.position, .declined, limit: limit) == "b")
            }
        }
    }
}
