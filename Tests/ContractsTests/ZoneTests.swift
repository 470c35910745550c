import Foundation
import TestSupport
import Testing

@testable import Contracts

/// The rules of time zones, read from TZif files (contract section 1).
@Suite struct `Time zone rules` {
    private static let folder = "/usr/share/zoneinfo"

    private func offset(_ rules: ZoneRules, _ time: String) throws -> Double {
        Double(rules.offset(at: try instant(time))) / 3600
    }

    @Test(
        arguments: [
            // Half an hour of daylight saving time, in the southern summer.
            ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", 11.0),
            ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 10.5),
            ("Australia/Lord_Howe", "2027-10-02T15:29:59Z", 10.5), ("Australia/Lord_Howe", "2027-10-02T15:30:00Z", 11),
            // Winter time is the exception by law, two hours of it, and a whole day was skipped.
            ("Europe/Dublin", "2026-01-15T12:00:00Z", 0), ("Europe/Dublin", "2040-07-15T12:00:00Z", 1),
            ("Antarctica/Troll", "2041-03-31T00:59:59Z", 0), ("Antarctica/Troll", "2041-03-31T01:00:00Z", 2),
            ("Pacific/Apia", "2011-12-30T09:59:59Z", -10), ("Pacific/Apia", "2011-12-30T10:00:00Z", 14),
            // The change is on the day before its day: the last Sunday at -01:00.
            ("America/Nuuk", "2040-03-25T00:59:59Z", -2), ("America/Nuuk", "2040-03-25T01:00:00Z", -1),
            ("America/Godthab", "2040-10-28T00:59:59Z", -1), ("America/Godthab", "2040-10-28T01:00:00Z", -2),
            ("America/Santiago", "2060-01-01T00:00:00Z", -3), ("America/Santiago", "2060-07-01T00:00:00Z", -4),
            ("Etc/GMT+12", "2026-01-01T00:00:00Z", -12), ("Pacific/Kiritimati", "2026-01-01T00:00:00Z", 14),
            ("Asia/Kathmandu", "2026-01-01T00:00:00Z", 5.75), ("Europe/Kiev", "9999-07-01T00:00:00Z", 3),
            // Before 1901, which only 64 bits reach.
            ("Europe/Paris", "1890-01-01T00:00:00Z", 561 / 3600.0), ("UTC", "0001-01-01T00:00:00Z", 0),
        ] as [(String, String, Double)])
    func `a zone of this machine has its offset at an instant`(name: String, time: String, hours: Double) throws {
        #expect(try offset(zone(name), time) == hours)
    }

    @Test(
        arguments: [
            ("EST5", "2026-07-01T00:00:00Z", -5.0), ("<+0330>-3:30", "2026-07-01T00:00:00Z", 3.5),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -5),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -4),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -5),
            // Daylight saving time that is less than standard time.
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29T00:59:59Z", 0),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29T01:00:00Z", 1),
            // Hours beyond a day, from which the change may be in another month or year (RFC 9636 section 3.3.1).
            ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T00:59:59Z", -3),
            ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T01:00:00Z", -2),
            ("IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26T23:59:59Z", 2),
            ("IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00:00Z", 3),
            ("STD0DST,J365/167,J100", "2026-01-06T22:59:59Z", 0), ("STD0DST,J365/167,J100", "2026-01-06T23:00:00Z", 1),
            ("STD0DST,J1/-167,J100", "2025-12-25T00:59:59Z", 0), ("STD0DST,J1/-167,J100", "2025-12-25T01:00:00Z", 1),
            // The whole year, in the notation that RFC 9636 recommends.
            ("XXX3EDT4,0/0,J365/23", "2026-01-01T02:59:59Z", -4), ("XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -4),
            ("XXX3EDT4,0/0,J365/23", "2028-12-31T12:00:00Z", -4),
            // 29 February counts only in the form without J.
            ("AAA0BBB,J60,J300", "2028-02-29T12:00:00Z", 0),
            ("AAA0BBB,59,300", "2028-02-29T12:00:00Z", 1), ("AAA0BBB,J60,J300", "2028-03-01T12:00:00Z", 1),
        ] as [(String, String, Double)])
    func `a rule for all years gives the offset`(rule: String, time: String, hours: Double) throws {
        let rules = try #require(ZoneRules(tzif: ZoneFolder.file(rule: rule)))
        #expect(try offset(rules, time) == hours)
    }

    @Test(arguments: [
        "EST", "5", "ES5", "EST25", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.1.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,J0,J365", "EST5EDT,J366,J1", "EST5EDT,366,1",
        "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M3.2.0/,M11.1.0", "<+03-3", "EST5:60", "EST5:00:60", "EST+", "EST24",
    ])
    func `any other rule makes the file unreadable`(rule: String) {
        #expect(ZoneRules(tzif: ZoneFolder.file(rule: rule)) == nil)
    }

    @Test func `a file that is cut short or is not TZif has no rules`() throws {
        for name in ["Europe/Berlin", "UTC"] {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(Self.folder)/\(name)")))
            #expect(ZoneRules(tzif: bytes) != nil)
            for count in 0..<bytes.count { #expect(ZoneRules(tzif: Array(bytes.prefix(count))) == nil, "\(count)") }
        }
        #expect(ZoneRules(tzif: [UInt8]("TZif".utf8) + [UInt8](repeating: 0xff, count: 200)) == nil)
        let leapSeconds = "\(Self.folder)/right/UTC"
        guard let bytes = FileManager.default.contents(atPath: leapSeconds) else { return }
        #expect(ZoneRules(tzif: [UInt8](bytes)) == nil, "Unix time has no leap seconds")
    }

    @Test func `a file of version 1 is read from its only block`() throws {
        // Transitions at -1 and 3600 to types 1 and 0; the types have the offsets 0 and 2 hours.
        var bytes = [UInt8]("TZif".utf8) + [UInt8](repeating: 0, count: 16 + 12)
        bytes += [0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4]
        bytes += [0xff, 0xff, 0xff, 0xff, 0, 0, 0x0e, 0x10, 1, 0]
        bytes += [0, 0, 0, 0, 0, 0] + [0, 0, 0x1c, 0x20, 1, 0] + [UInt8]("LMT\0".utf8)
        let rules = try #require(ZoneRules(tzif: bytes))
        let offsets = [-2, -1, 0, 3599, 3600, 1 << 40].map { rules.offset(at: Int64($0)) }
        #expect(offsets == [0, 7200, 7200, 7200, 0, 0])
    }
}

/// The folder of the machine's time zones.
@Suite struct `The time zone database` {
    @Test func `a file is read once, and again after it has changed`() throws {
        let folder = try ZoneFolder(["Asia/Almaty": "<+06>-6"])
        let database = TimeZoneDatabase(folder: folder.path)
        let first = database.fingerprint
        func hours() -> Int? { database.rules(named: "Asia/Almaty").map { $0.offset(at: .earliest) / 3600 } }
        #expect(database.isInstalled && hours() == 6)
        try folder.set("Asia/Almaty", to: "<+05>-5")
        #expect(hours() == 6, "until it is refreshed")
        #expect(database.refresh() && hours() == 5)
        let second = database.fingerprint
        #expect(first != second)
        #expect(!database.refresh())
        try folder.set("Asia/Almaty", to: "QYZT-5")
        #expect(!database.refresh() && hours() == 5, "another file with the same rules")
        try FileManager.default.removeItem(atPath: folder.path + "/Asia/Almaty")
        #expect(!database.refresh() && hours() == 5, "a file that is gone keeps its rules")
        try Data("TZif".utf8).write(to: URL(filePath: folder.path + "/Asia/Almaty"))
        #expect(!database.refresh() && hours() == 5, "so does an unreadable one")
        try folder.set("Asia/Almaty", to: "<+06>-6")
        #expect(database.refresh() && hours() == 6)
        #expect(database.fingerprint == first, "it depends on the content alone")
    }

    @Test func `only files of zones below the folder are read`() throws {
        let folder = try ZoneFolder(["Europe/Kyiv": "EET-2"])
        let outside = try ZoneFolder(["Secret": "<+01>-1"])
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path + "/Europe/Kiev", withDestinationPath: "Kyiv")
        try files.createSymbolicLink(atPath: folder.path + "/Outside", withDestinationPath: outside.path + "/Secret")
        try files.createSymbolicLink(atPath: folder.path + "/Loop", withDestinationPath: "Loop")
        try folder.set("posix/UTC", to: "UTC0")
        try folder.set("Factory", to: "UTC0")
        try Data("TZif".utf8).write(to: URL(filePath: folder.path + "/Short"))
        try Data([UInt8](repeating: 0x54, count: 70_000)).write(to: URL(filePath: folder.path + "/Long"))
        let database = TimeZoneDatabase(folder: folder.path)
        #expect(database.rules(named: "Europe/Kiev") == database.rules(named: "Europe/Kyiv"))
        #expect(database.rules(named: "Europe/Kiev") != nil)
        for name in ["Outside", "Loop", "Short", "Long", "Europe", "posix/UTC", "Factory", "Europe//Kyiv", "./UTC"] {
            #expect(database.rules(named: name) == nil, "\(name)")
        }
        #expect(!TimeZoneDatabase(folder: folder.path + "/Europe").isInstalled)
        #expect(!TimeZoneDatabase(folder: "/nonexistent").isInstalled)
    }
}

/// Every zone of this machine, compared with Python's zoneinfo, which reads the same files with other code.
@Suite struct `Time zones and Python` {
    private static let python = "/usr/bin/python3"
    private static let folder = TimeZoneDatabase.system.folder

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python)))
    func `every zone agrees at every change of clocks and in every month, in both directions`() throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Zones/reference.py")
        let process = Process()
        process.executableURL = URL(filePath: Self.python)
        process.arguments = [script.path, Self.folder]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        var comparison = Comparison()
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) { comparison.check(Substring(line)) }
        #expect(comparison.differences.prefix(20) == [])
        #expect(comparison.zones > 300 && comparison.values > 50_000)
        #expect(comparison.unknown.isSubset(of: ["Factory", "localtime"]), "these are not places")
    }

    private struct Comparison {
        var zones = 0
        var values = 0
        var unknown: Set<Substring> = []
        var differences: [String] = []
        private var current: (name: Substring, rules: ZoneRules)?

        mutating func check(_ line: Substring) {
            let words = line.split(separator: " ")
            if words[0] == "zone" {
                current = TimeZoneDatabase.system.rules(named: String(words[1])).map { (words[1], $0) }
                if current == nil { unknown.insert(words[1]) } else { zones += 1 }
                return
            }
            guard let current else { return }
            guard words.count == 3, let given = Int64(words[1]), let expected = Int64(words[2]) else {
                differences.append("unreadable: \(line)")
                return
            }
            values += 1
            let found: Int64
            if words[0] == "offset" {
                found = current.rules.offset(at: given)
            } else {
                let (days, second) = given.flooredDivision(by: 86_400)
                found =
                    CivilClock.timestamp(
                        CivilDate(daysSince1970: Int(days)), CivilTime(secondOfDay: Int(second)), in: current.rules
                    ).milliseconds / 1000
            }
            if found != expected { differences.append("\(current.name): \(line), not \(found)") }
        }
    }
}
