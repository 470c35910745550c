package import ArgumentParser
import Web

/// `ready`: the health check of a container, whose image has no shell and no other program.
package struct ReadyCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "ready",
        abstract: "Ask the service that runs with the same settings on this machine whether it is ready.",
        discussion: """
            Asks for /readyz. Exit code 0 if the service is ready; otherwise 1, and the reasons on standard error.
            """)

    package init() {}

    /// - Returns: the exit code.
    func ask(_ address: HTTPServer.Address, executable: String) async -> Int32 {
        switch await address.readiness() {
        case .ready:
            print("ready")
            return 0
        case .notReady(let reason):
            ServiceProgram.reportError(
                reason.split(separator: "\n").joined(separator: ", "), executable: executable)
            return 1
        }
    }
}
