import Foundation
import Testing

@testable import ServiceKit

@Suite struct InvocationTests {
    @Test(
        arguments: [
            ([], .serve), (["serve"], .serve), (["--help"], .help), (["-h"], .help), (["--version"], .version),
            (["--help", "parked", "list"], .help), (["--http-port", "81"], .serve),
            (["--json", "streams"], .administer(["streams"])),
            (["parked", "show", "p00-1", "--json"], .administer(["parked", "show", "p00-1"])),
            (["--data-dir=x", "blocked", "list"], .administer(["blocked", "list"])),
            (["serve", "now"], .administer(["serve", "now"])),
        ] as [([String], Invocation.Verb)])
    func `the command line says what to do`(arguments: [String], verb: Invocation.Verb) throws {
        let invocation = try Invocation(arguments, settings: Setting.shared)
        #expect(invocation.verb == verb)
        #expect(invocation.asJSON == arguments.contains("--json"))
    }

    @Test(arguments: [["--unknown"], ["--unknown=1"], ["-x"], ["--http-port"], ["--HTTP_PORT=1"], ["--json=1"]])
    func `an option that does not exist, or lacks its value, is one clear line`(arguments: [String]) throws {
        let error = #expect(throws: ConfigurationError.self) { try Invocation(arguments, settings: Setting.shared) }
        let name = try #require(arguments.first).split(separator: "=")[0]
        #expect(error?.description.contains(name) == true)
    }

    @Test(
        arguments: [
            (["parked", "list"], "parked", "list", nil), (["blocked", "show", "p00-17"], "blocked", "show", "p00-17"),
            (["parked", "retry", "p12-1"], "parked", "retry", "p12-1"),
            (["blocked", "discard", "p00-1"], "blocked", "discard", "p00-1"),
            (["refused", "list"], "refused", "list", nil), (["streams"], "streams", "list", nil),
            (["streams", "list"], "streams", "list", nil), (["counters"], "counters", "list", nil),
        ] as [([String], String, String, String?)])
    func `subcommands as in contract section 7`(words: [String], subject: String, verb: String, item: String?) throws {
        let command = try AdminCommand(words, asJSON: true)
        #expect(command.subject.rawValue == subject && command.verb.rawValue == verb)
        #expect(command.item?.description == item)
        #expect(command.asJSON)
    }

    @Test(arguments: [
        [], ["bake"], ["parked"], ["parked", "bake"], ["parked", "show"], ["parked", "show", "17"],
        ["parked", "show", "p00"],
        ["parked", "show", "p00-0"], ["parked", "show", "p00--1"], ["parked", "show", "p00-x"],
        ["parked", "list", "p00-1"], ["parked", "show", "p0-1"], ["parked", "show", "px\u{1b}-1"],
        ["parked", "show", "p00-+1"], ["parked", "show", "p00-01"], ["\u{1b}[31m"],
        ["parked", "show", "p00-1", "p00-2"], ["refused", "discard", "p00-1"], ["refused"],
        ["streams", "retry", "p00-1"],
    ])
    func `wrong use is one clear line`(words: [String]) {
        let error = #expect(throws: ConfigurationError.self) { try AdminCommand(words, asJSON: false) }
        #expect(error?.description.contains("\n") == false)
        #expect(error?.description.contains("\u{1b}") == false)
    }

    @Test func `what comes through the socket is as good as what is typed`() throws {
        let command = try AdminCommand(["parked", "show", "p00-17"], asJSON: true)
        #expect(AdminCommand(line: try JSONEncoder().encode(command)) == command)
        for item in [#""p00""#, #""p00-0""#, #""p\n-1""#, #"{"partition":"\n","row":-1}"#] {
            let line = #"{"subject":"parked","verb":"show","asJSON":false,"item":\#(item)}"#
            #expect(AdminCommand(line: Data(line.utf8)) == nil, "\(item)")
        }
    }
}
