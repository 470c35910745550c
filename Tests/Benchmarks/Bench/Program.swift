import Foundation

/// A process that a benchmark measures.
final class Program {
    private let process = Process()

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try process.run()
    }

    /// A benchmark that fails leaves nothing behind.
    deinit { if process.isRunning { terminate() } }

    /// Resident memory in MB.
    var memory: Int { status("VmRSS") }

    /// The most it ever had, in MB.
    var memoryPeak: Int { status("VmHWM") }

    /// Processor time so far, in seconds, user and system.
    var processorSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The processor time that it takes meanwhile, in seconds.
    func cost<Value>(of body: () throws -> Value) rethrows -> (Value, Double) {
        let before = processorSeconds
        let value = try body()
        return (value, processorSeconds - before)
    }

    /// Lets these take no processor time meanwhile, as if they had another machine.
    static func pausing<Value>(_ programs: [Program], while body: () throws -> Value) rethrows -> Value {
        let paused = programs.filter { $0.process.suspend() }
        defer { for program in paused { _ = program.process.resume() } }
        return try body()
    }

    /// What a program prints, without the last line's end.
    static func output(
        of path: String, _ arguments: [String], environment: [String: String]
    ) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchError("\(path) failed: \(arguments)") }
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private func status(_ key: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) / 1024
    }

    func stop() {
        terminate()
        process.waitUntilExit()
    }

    /// One that is paused would not hear of its end.
    private func terminate() {
        _ = process.resume()
        process.terminate()
    }
}
