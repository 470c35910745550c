import Foundation

/// This program again, in a process of its own.
struct Offspring {
    enum Ending {
        case exit(Int32)
        case signal(Int32)
    }

    private let process = Process()
    private let hasEnded = DispatchSemaphore(value: 0)

    init(_ arguments: [String], output: FileHandle? = nil) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        // A trap would be told at length, and slowly.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { [hasEnded] _ in hasEnded.signal() }
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Once it has ended.
    var ending: Ending {
        process.terminationReason == .exit ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
    }

    func waitForEnd(within seconds: Double) {
        _ = hasEnded.wait(timeout: .now() + seconds)
    }

    /// SIGKILL; returns when it is gone.
    func end() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// In memory, in bytes, now.
    var resident: Int {
        let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
        let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
