import Broker
import Contracts
import Foundation
import Ledger
import Logging
import Testing

@testable import ServiceKit

@Suite struct SettingsTests {
    @Test func `without any setting, the documented defaults hold`() throws {
        let settings = try settings()
        #expect(settings.endpoint.user == "guest")
        #expect(settings.dataDirectory == "./data")
        #expect(settings.httpHost == "127.0.0.1" && settings.httpPort == 8080)
        #expect(settings.httpKeepAlive == .seconds(75))
        #expect(settings.partitions == 8 && settings.selection == .automatic && settings.owned.count == 8)
        #expect(settings.processName == nil)
        #expect(settings.timeZone == "UTC")
        #expect(settings.trustedUsers == ["guest"])
        #expect(settings.maxMessageBytes == 1 << 20)
        #expect(settings.ledger.maxAttempts == 10)
        #expect(settings.ledger.outboxRetention == .seconds(86_400))
        #expect(settings.ledger.retention == .seconds(365 * 86_400))
        #expect(settings.ledger.maintenanceInterval == .seconds(60))
        #expect(settings.logLevel == .info && settings.logFormat == .text)
        #expect(settings.crashPoint == nil)
    }

    @Test(arguments: [
        ("AMQP_URL", "http://localhost"), ("HTTP_PORT", "eighty"), ("HTTP_PORT", "65536"), ("HTTP_PORT", "-1"),
        ("HTTP_KEEP_ALIVE", "75"), ("HTTP_KEEP_ALIVE", "PT0S"), ("HTTP_KEEP_ALIVE", "PT2H"),
        ("PARTITIONS", "0"), ("PARTITIONS", "1.5"), ("OWNED_PARTITIONS", "8"), ("PROCESS_NAME", "a b"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "EST5EDT+3"), ("MAX_MESSAGE_BYTES", "10"), ("MAX_ATTEMPTS", "0"), ("OUTBOX_RETENTION", "24h"),
        ("OUTBOX_RETENTION", "-PT1H"), ("RETENTION", "PT0S"),
        ("RETENTION", "never"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("CRASH_POINT", "committed:0"),
        ("CRASH_POINT", "somewhere"), ("CRASH_POINT", "committed:1:2"), ("TRUSTED_AMQP_USERS", ","),
        ("TRUSTED_AMQP_USERS", "a,,b"),
        ("TRUSTED_AMQP_USERS", " "),
    ])
    func `a wrong setting is one line that names it`(name: String, value: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try settings([name: value]) }
        let line = try #require(error?.description)
        #expect(line.contains(name))
        #expect(!line.contains("\n"))
    }

    @Test func `an option has the value of its environment variable, and wins`() throws {
        for arguments in [["--http-port=81"], ["--http-port", "81"]] {
            #expect(try settings(["HTTP_PORT": "82"], arguments).httpPort == 81)
        }
        #expect(try settings(["HTTP_PORT": "82"]).httpPort == 82)
        for setting in TestService.program.settings {
            #expect(setting.option == "--" + setting.name.lowercased().replacing("_", with: "-"))
        }
        let read = try settings([:], ["--partitions=8", "--time-zone=Europe/Berlin", "--log-format=json"])
        #expect(read.partitions == 8 && read.timeZone == "Europe/Berlin" && read.logFormat == .json)
    }

    /// A lost comma would let a process take every partition.
    @Test func `an option's value is taken as it is, commas included`() throws {
        let owned = ["OWNED_PARTITIONS": "0-3,7"]
        #expect(try settings(owned.merging(["PARTITIONS": "8"]) { $1 }).owned.map(\.number) == [0, 1, 2, 3, 7])
        #expect(
            try settings([:], ["--partitions=8", "--owned-partitions=0-3,7"]).owned.map(\.number) == [0, 1, 2, 3, 7])
        #expect(try settings([:], ["--trusted-amqp-users", "a,b"]).trustedUsers == ["a", "b"])
        #expect(try settings([:], ["--amqp-url=amqp://anna:x,y@host/"]).endpoint.user == "anna")
        #expect(try settings([:], ["--data-dir=--odd", "--http-host", "-1"]).dataDirectory == "--odd")
    }

    @Test func `the last of several options with one name wins`() throws {
        #expect(try settings([:], ["--http-port=81", "--http-port=82"]).httpPort == 82)
    }

    @Test func `an empty value counts as unset`() throws {
        #expect(try settings(["HTTP_PORT": "", "CRASH_POINT": "", "OWNED_PARTITIONS": ""]).httpPort == 8080)
    }

    @Test(arguments: [
        ("all", [0, 1, 2, 3, 4, 5, 6, 7]), ("0", [0]), ("7", [7]), ("0-3,7", [0, 1, 2, 3, 7]), ("7,0-1,1", [0, 1, 7]),
        ("2-2", [2]), ("0-7", [0, 1, 2, 3, 4, 5, 6, 7]), ("0/1", [0, 1, 2, 3, 4, 5, 6, 7]), ("1/3", [1, 4, 7]),
        ("2/3", [2, 5]), ("7/8", [7]), ("none", []), ("1/3+", [1, 4, 7]), ("3/3+", []), ("99/1+", []),
        ("0/1+", [0, 1, 2, 3, 4, 5, 6, 7]),
    ])
    func `OWNED_PARTITIONS names partitions in order and once`(text: String, numbers: [Int]) throws {
        let selection = try PartitionSelection(text, of: 8)
        #expect(selection == .listed(numbers.map { Partition(number: $0) }))
        #expect(selection.partitions(of: 8).map(\.number) == numbers)
    }

    @Test func `by default the partitions are divided, and each process may own all`() throws {
        #expect(try PartitionSelection("auto", of: 3) == .automatic)
        #expect(PartitionSelection.automatic.partitions(of: 3).map(\.number) == [0, 1, 2])
    }

    @Test(arguments: [
        "8", "3-1", "0-8", "-1", "a", "1-", "-", ",", "1,,2", "0-1-2", "0;1", "1 - 2", "99999999999999999999",
        "", "AUTO", "auto,1", "3/3", "0/9", "0/0", "-1/3", "1/", "/3", "1/2/3", "1/3,4",
        "+", "1/9+", "-1/3+", "1/3++", "0-3+", "none,1", "/3+",
    ])
    func `OWNED_PARTITIONS that names nothing is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try PartitionSelection(text, of: 8) }
    }

    @Test func `a partition that was moved wins over OWNED_PARTITIONS`() throws {
        func placement(_ place: Placement.Place) -> Placement {
            Placement(place, move: "1", process: "other", at: .now(), isTaken: true)
        }
        let placements: [Partition: Placement] = [
            Partition(number: 1): placement(.elsewhere), Partition(number: 5): placement(.here),
            Partition(number: 2): placement(.here), Partition(number: 900): placement(.here),
        ]
        func owned(_ text: String) throws -> [Int] {
            try PartitionSelection(text, of: 8).partitions(of: 8, placements).map(\.number)
        }
        #expect(try owned("0-2") == [0, 2, 5])
        #expect(try owned("none") == [2, 5])
        #expect(try owned("auto") == [0, 2, 3, 4, 5, 6, 7])
    }

    @Test func `the trusted user is that of AMQP_URL, unless others are named`() throws {
        #expect(try settings(["AMQP_URL": "amqp://anna:secret@localhost/"]).trustedUsers == ["anna"])
        #expect(try settings(["TRUSTED_AMQP_USERS": "a, b,c "]).trustedUsers == ["a", "b", "c"])
    }

    @Test func `an error repeats what was typed on one line, and shortened`() {
        let path = "/\u{1b}[31m\n\u{202e}" + String(repeating: "я", count: 1_000)
        let error = #expect(throws: ConfigurationError.self) { try settings(["AMQP_CA": path]) }
        let line = error?.description ?? ""
        #expect(line.hasPrefix("AMQP_CA: the file / [31m  яя") && line.hasSuffix("я… cannot be read"))
        #expect(line.count < 130)
    }

    @Test func `a retention of days is a span of time`() throws {
        #expect(try settings(["OUTBOX_RETENTION": "P2DT1H"]).ledger.outboxRetention == .seconds(49 * 3600))
        #expect(try settings(["RETENTION": "P1DT1H"]).ledger.retention == .seconds(25 * 3600))
        #expect(try settings(["RETENTION": "none"]).ledger.retention == nil)
        #expect(try settings(["RETENTION": "PT3S"]).ledger.maintenanceInterval == .seconds(3))
    }

    @Test func `a secret does not appear in the error about it`() {
        let error = #expect(throws: ConfigurationError.self) {
            try settings(["AMQP_URL": "amqp://anna:secret@host:99999/"])
        }
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `a secret may come from a file, but not from two places`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for end in ["", "\n", "\r\n"] {
            try Data("amqp://anna:secret@host/\(end)".utf8).write(to: URL(filePath: path))
            #expect(try settings(["AMQP_URL_FILE": path]).endpoint.user == "anna")
            #expect(try settings([:], ["--amqp-url-file", path]).endpoint.user == "anna")
        }
        let both = #expect(throws: ConfigurationError.self) {
            try settings(["AMQP_URL_FILE": path, "AMQP_URL": "amqp://host/"])
        }
        #expect(both?.description == "AMQP_URL and AMQP_URL_FILE are both set; only one is allowed")
        for bytes in [[], [0x0a], [0xff]] as [[UInt8]] {
            try Data(bytes).write(to: URL(filePath: path))
            #expect(throws: ConfigurationError.self) { try settings(["AMQP_URL_FILE": path]) }
        }
        #expect(throws: ConfigurationError.self) { try settings(["AMQP_URL_FILE": "/nowhere/secret"]) }
    }
}
