import Foundation
import TestSupport

/// `deploy/overload`: every service in 512 MiB survives whatever its limits admit (contract section 7).
@main
enum Overload {
    static func main() async {
        do {
            try await run(isBrief: CommandLine.arguments.contains("--brief"))
        } catch {
            FileHandle.standardError.write(Data("overload: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(isBrief: Bool) async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let broker = environment["OVERLOAD_BROKER"], let groups = environment["OVERLOAD_GROUPS"] else {
            throw OverloadFailure("call deploy/overload, which provides a broker's folder and memory cgroups")
        }
        let url = try await ThrowawayBroker.start(in: URL(filePath: broker)).virtualHost()
        let stage = try OverloadStage(url: url, groups: URL(filePath: groups))
        defer { stage.close() }
        try await stage.start()
        try await stage.flood("Bodies of 256 KiB") { try await stage.sendBodies(isBrief ? 400 : 4_000) }
        try await stage.flood("Unreadable messages of 1 MB") {
            try await stage.sendUnreadable(isBrief ? 100 : 10_000)
        }
        try await stage.flood("Waiting polls") {
            try await isBrief ? stage.poll(1_000, wait: 2) : stage.poll(10_000, wait: 10)
        }
        printLine("every service lives, nothing is lost, and all memory was given back")
    }
}

/// Prints a line without buffering, because a run may be killed.
func printLine(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
