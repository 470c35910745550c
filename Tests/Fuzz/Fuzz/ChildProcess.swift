import Foundation

/// Another process of this program.
struct ChildProcess {
    enum Termination {
        case exit(Int32)
        case signal(Int32)
    }

    private let process = Process()
    private let hasEnded = DispatchSemaphore(value: 0)

    init(_ arguments: [String], output: FileHandle? = nil) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        // A backtrace after a crash is long and slow, and nobody reads it.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { [hasEnded] _ in hasEnded.signal() }
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Valid after the process has ended.
    var termination: Termination {
        process.terminationReason == .exit ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
    }

    func waitForEnd(within seconds: Double) {
        _ = hasEnded.wait(timeout: .now() + seconds)
    }

    /// Sends SIGKILL and waits for the end of the process.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// The current resident size in bytes.
    var residentSize: Int {
        let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
        let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
