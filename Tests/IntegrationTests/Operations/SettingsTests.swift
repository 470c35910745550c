import Contracts
import Foundation
import TestSupport
import Testing

/// Wrong settings and wrong arguments give one clear line and exit 64 (contract section 9).
@Suite struct SettingsTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        let kind: ServiceProcess.Kind
        let name: String
        let value: String
        var testDescription: String { "\(kind.rawValue) \(name)=\(value)" }
    }

    static let shared: [(String, [String])] = [
        ("AMQP_URL", ["http://localhost", "localhost:5672", "amqp://", "amqp://h:99999", "amqp://h/%zz"]),
        ("HTTP_PORT", ["abc", "-1", "65536", "80.5", " "]),
        ("PARTITIONS", ["0", "-1", "1001", "two", "1.5", "99999999999999999999"]),
        ("OWNED_PARTITIONS", ["8", "0-8", "1-0", "a", "0-", ",", "0,,0", "-1", "0-0-0", "3/3", "0/9", "/", "Auto"]),
        ("PROCESS_NAME", ["a b", "a/b", ".a", "имя", String(repeating: "n", count: 65)]),
        ("TIME_ZONE", ["Mars/Olympus", "../etc/passwd", "+25"]),
        ("MAX_MESSAGE_BYTES", ["0", "12", "1e6", "many"]),
        ("MAX_ATTEMPTS", ["0", "-3", "x"]),
        ("OUTBOX_RETENTION", ["24h", "P", "PT", "-PT1S", "1"]),
        ("LOG_LEVEL", ["loud", "INFO!"]),
        ("LOG_FORMAT", ["xml", "JSONL"]),
        ("CRASH_POINT", ["nowhere", "committed:0", "committed:x", "committed:1:2", ":"]),
    ]
    static let waitlist: [(String, [String])] = [
        ("OFFER_FACTOR", ["0", "-1", "1001", "everyone", "1.5"]), ("OFFER_WINDOW", ["PT0S", "soon", "24h", "-P1D"]),
    ]
    static let wrong: [Wrong] =
        ServiceProcess.Kind.allCases.flatMap { kind in
            shared.flatMap { name, values in values.map { Wrong(kind: kind, name: name, value: $0) } }
        } + waitlist.flatMap { name, values in values.map { Wrong(kind: .waitlist, name: name, value: $0) } }

    @Test func `a wrong setting gives one line that names it and exit 64, as a variable and as an option`()
        async throws
    {
        try await withFolder { folder in
            for (number, setting) in Self.wrong.enumerated() {
                // Alternately as an option and as a variable, since the shared settings are tested with every service.
                let isOption = number.isMultiple(of: 2)
                let option = "--" + setting.name.lowercased().replacingOccurrences(of: "_", with: "-")
                let process = try ServiceProcess(
                    setting.kind, settings: ["DATA_DIR": folder.path], folder: folder.appending(path: "\(number)"))
                try FileManager.default.createDirectory(
                    at: folder.appending(path: "\(number)"), withIntermediateDirectories: true)
                try await process.start(
                    isOption ? [:] : [setting.name: setting.value],
                    arguments: isOption ? ["\(option)=\(setting.value)"] : [])
                let code = try? await process.waitForExit()
                await process.kill()
                #expect(code == 64, "\(setting.testDescription): \(process.log)")
                #expect(process.log.split(separator: "\n").count == 1, "\(setting.testDescription): \(process.log)")
                let line = process.errorLines.first ?? ""
                #expect(line.contains(setting.name), "\(setting.testDescription): \(process.log)")
            }
            // No file was created.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { Int($0) != nil })
        }
    }

    @Test func `an error about a setting does not repeat its password`() async throws {
        try await withFolder { folder in
            let process = try ServiceProcess(
                .waitlist, settings: ["AMQP_URL": "amqp://me:geheim@host:99999/x"], folder: folder)
            try await process.start()
            #expect(try await process.waitForExit() == 64)
            #expect(!process.log.contains("geheim"))
        }
    }

    @Test func `help and version are printed, unknown options are refused`() async throws {
        try await withFolder { folder in
            for kind in ServiceProcess.Kind.allCases {
                let service = try ServiceProcess(kind, settings: ["DATA_DIR": folder.path], folder: folder)
                let help = try await service.run("--help")
                #expect(help.exitCode == 0 && help.stderr == "")
                let text = help.lines.joined(separator: "\n")
                let settings = Self.shared.map(\.0) + ["AMQP_CA", "DATA_DIR", "HTTP_HOST", "TRUSTED_AMQP_USERS"]
                for name in settings + (kind == .waitlist ? Self.waitlist.map(\.0) : []) {
                    #expect(text.contains(name), "\(kind)")
                }
                for word in ["parked", "blocked", "refused", "streams", "--json", "--version", kind.rawValue] {
                    #expect(text.contains(word), "\(kind)")
                }
                #expect(help.lines.allSatisfy { $0.count <= 160 })
                #expect(try await service.run("serve", "--help").lines == help.lines)
                let version = try await service.run("--version")
                #expect(version.exitCode == 0 && version.lines.count == 1)
                #expect(version.lines.first?.wholeMatch(of: /\w+ \d+\.\d+\.\d+/) != nil, "\(version.lines)")
                for option in ["--nonsense", "--nonsense=1", "-v", "--offer-facto", "--"] {
                    let answer = try await service.run(option)
                    #expect(answer.exitCode == 64 && answer.lines == [], "\(option): \(answer)")
                    #expect(answer.stderr.split(separator: "\n").count == 1, "\(option): \(answer)")
                }
            }
            // An option of another service is unknown.
            let application = try ServiceProcess(.application, settings: [:], folder: folder)
            #expect(try await application.run("--offer-factor=1").exitCode == 64)
        }
    }

    @Test func `an impossible folder, a port in use or an unknown host gives one line and a failure`()
        async throws
    {
        try await TestSystem.run(services: [.waitlist]) { system in
            let taken = "\(system.waitlist.httpPort)"
            let cases = [
                ["DATA_DIR": "/dev/null/data"], ["HTTP_PORT": taken], ["HTTP_HOST": "no such host"],
            ]
            for (number, settings) in cases.enumerated() {
                try await system.withProcess(.application, folder: "case-\(number)", settings: settings) { process in
                    try await process.start()
                    let code = try? await process.waitForExit()
                    #expect(code != nil && code != 0, "\(settings): \(process.log)")
                    #expect(process.errorLines.count == 1, "\(settings): \(process.log)")
                }
            }
        }
    }

    @Test func `a missing certificate authority file is a wrong setting`() async throws {
        try await expectRefused(["AMQP_URL": "amqps://127.0.0.1:1/", "AMQP_CA": "/nonexistent/ca.pem"], [])
    }

    @Test func `an option may contain commas`() async throws {
        let url = ["AMQP_URL": "amqp://127.0.0.1:1/", "PARTITIONS": "4"]
        // The refusal shows that the value was read.
        for value in [",", "0,,0", "0,9"] { try await expectRefused(url, ["--owned-partitions=\(value)"]) }
    }

    private func expectRefused(_ settings: [String: String], _ arguments: [String]) async throws {
        try await withFolder { folder in
            let data = ["DATA_DIR": folder.path].merging(settings) { $1 }
            let process = try ServiceProcess(.waitlist, settings: data, folder: folder)
            try await process.start(arguments: arguments)
            let code = try? await process.waitForExit()
            await process.kill()
            #expect(code == 64, "\(process.log)")
        }
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }
}
