import ArgumentParser
import Contracts
import Foundation
import Testing

@testable import ServiceKit

@Suite struct InvocationTests {
    private func invocation(_ arguments: [String]) throws -> Invocation {
        try Invocation(arguments, root: TestService.self, settings: TestService.program.settings)
    }

    @Test(
        arguments: [
            ([], nil), (["serve"], nil), (["--http-port", "81"], nil), (["--http-port", "81", "serve"], nil),
            (["--json", "streams"], .streams), (["parked", "show", "p00-1", "--json"], .parked),
            (["--json", "parked", "show", "p00-1"], .parked), (["--data-dir=x", "blocked", "list"], .blocked),
            (["blocked", "--data-dir", "x", "list"], .blocked), (["blocked", "--json", "list"], .blocked),
        ] as [([String], AdminCommand.Subject?)])
    func `the command line says what to do`(arguments: [String], subject: AdminCommand.Subject?) throws {
        let invocation = try invocation(arguments)
        #expect(invocation.adminCommand?.subject == subject)
        #expect((invocation.command is ServeCommand) == (subject == nil))
        #expect(invocation.adminCommand?.asJSON ?? false == arguments.contains("--json"))
    }

    @Test(
        arguments: [
            ([], false), (["serve"], false), (["--accept-empty"], true), (["serve", "--accept-empty"], true),
            (["--accept-empty", "serve", "--http-port", "81"], true), (["streams"], false),
        ] as [([String], Bool)])
    func `a lost file is replaced by a new one only where the command line says so`(
        arguments: [String], accepts: Bool
    ) throws {
        #expect(try invocation(arguments).acceptsEmptyFiles == accepts)
    }

    @Test(arguments: [
        ["--help"], ["-h"], ["serve", "--help"], ["--help", "parked", "list"], ["parked", "--help"],
        ["blocked", "list", "-h"], ["--http-port", "81", "--help"], ["--version"],
    ])
    func `help and version are printed`(arguments: [String]) throws {
        let request = #expect(throws: Invocation.InformationRequest.self) { try invocation(arguments) }
        let text = try #require(request?.text)
        if arguments == ["--version"] {
            #expect(text == "TestService \(ServiceProgram.version)")
        } else {
            #expect(text.contains("USAGE"))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
        }
    }

    @Test func `a move names a partition and a process`() throws {
        for words in [["move", "p03", "--to", "waitlist-2"], ["--json", "move", "--to=waitlist-2", "p03"]] {
            let command = try #require(try invocation(words).command as? MoveCommand)
            #expect(command.partition == Partition(number: 3) && command.receiver == "waitlist-2")
            #expect(command.output.json == (words.count == 4 && words[0] == "--json"))
        }
        for words in [["move"], ["move", "p03"], ["move", "3", "--to", "a"], ["move", "p03", "--to", "../a"]] {
            #expect(throws: ConfigurationError.self, "\(words)") { try invocation(words) }
        }
    }

    @Test func `the help describes every setting`() throws {
        let request = #expect(throws: Invocation.InformationRequest.self) { try invocation(["--help"]) }
        let text = try #require(request?.text)
        for setting in TestService.program.settings {
            let line = "  \(setting.option), \(setting.name)"
            #expect(text.contains(line + (setting.defaultValue.map { " (default: \($0))" } ?? "\n")), "\(setting.name)")
            #expect(text.contains(setting.help), "\(setting.name)")
        }
    }

    @Test(arguments: [
        ["--unknown"], ["--unknown=1"], ["-x"], ["--http-port"], ["--HTTP_PORT=1"], ["--json=1"], ["--json"], ["--"],
        ["--http-por=1"], ["--accept-empty=1"], ["--accept-empty", "streams"],
    ])
    func `an option that does not exist, or lacks its value, is one clear line`(arguments: [String]) throws {
        let error = #expect(throws: ConfigurationError.self) { try invocation(arguments) }
        let name = try #require(arguments.first).split(separator: "=")[0]
        #expect(error?.description.contains(name) == true)
    }

    @Test(
        arguments: [
            (["parked", "list"], .parked, .list, nil), (["blocked", "show", "p00-17"], .blocked, .show, "p00-17"),
            (["parked", "retry", "p12-1"], .parked, .retry, "p12-1"),
            (["blocked", "discard", "p00-1"], .blocked, .discard, "p00-1"),
            (["refused", "list"], .refused, .list, nil), (["streams"], .streams, .list, nil),
            (["streams", "list"], .streams, .list, nil), (["counters"], .counters, .list, nil),
        ] as [([String], AdminCommand.Subject, AdminCommand.Verb, String?)])
    func `subcommands as in contract section 7`(
        words: [String], subject: AdminCommand.Subject, verb: AdminCommand.Verb, item: String?
    ) throws {
        let command = try #require(try invocation(words + ["--json"]).adminCommand)
        #expect(command == AdminCommand(subject, verb, item.flatMap(ItemID.init), asJSON: true))
        #expect(command.item?.description == item)
    }

    @Test(arguments: [
        ["bake"], ["parked"], ["parked", "bake"], ["parked", "show"], ["parked", "show", "17"],
        ["parked", "show", "p00"],
        ["parked", "show", "p00-0"], ["parked", "show", "p00--1"], ["parked", "show", "p00-x"],
        ["parked", "list", "p00-1"], ["parked", "show", "p0-1"], ["parked", "show", "px\u{1b}-1"],
        ["parked", "show", "p00-+1"], ["parked", "show", "p00-01"], ["\u{1b}[31m"],
        ["parked", "show", "p00-1", "p00-2"], ["refused", "discard", "p00-1"], ["refused"],
        ["streams", "retry", "p00-1"], ["serve", "now"], ["serve", "parked"], [""],
        ["parked", "show", "p00-1", "--json=1"], [String(repeating: "я", count: 1_000)],
    ])
    func `wrong use is one clear line`(words: [String]) throws {
        let error = #expect(throws: ConfigurationError.self) { try invocation(words) }
        let line = try #require(error?.description)
        #expect(!line.contains("\n") && !line.contains("\u{1b}"))
        #expect(line.utf8.count <= 600)
    }

    @Test func `a command from the socket is checked as typed input is`() throws {
        let command = try #require(try invocation(["parked", "show", "p00-17", "--json"]).adminCommand)
        #expect(AdminCommand(line: try JSONEncoder().encode(command)) == command)
        for item in [#""p00""#, #""p00-0""#, #""p\n-1""#, #"{"partition":"\n","row":-1}"#] {
            let line = #"{"subject":"parked","verb":"show","asJSON":false,"item":\#(item)}"#
            #expect(AdminCommand(line: Data(line.utf8)) == nil, "\(item)")
        }
    }
}
