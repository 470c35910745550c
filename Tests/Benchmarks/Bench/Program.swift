import Foundation

/// A child process that a benchmark measures.
final class Program {
    private let process = Process()

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try process.run()
    }

    /// Ends the process also if the benchmark fails.
    deinit { if process.isRunning { terminate() } }

    /// Resident memory in MB.
    var memory: Int { status("VmRSS") }

    /// The maximum resident memory so far, in MB.
    var memoryPeak: Int { status("VmHWM") }

    /// CPU time so far, user and system, in seconds.
    var cpuSeconds: Double { Measure.cpuSeconds(of: process.processIdentifier) }

    /// - Returns: the closure's result, and the CPU time of this process during it, in seconds.
    func cost<Value>(of body: () throws -> Value) rethrows -> (Value, Double) {
        let before = cpuSeconds
        let value = try body()
        return (value, cpuSeconds - before)
    }

    /// Suspends these programs during the closure, as if they ran on another machine.
    static func pausing<Value>(_ programs: [Program], while body: () throws -> Value) rethrows -> Value {
        let paused = programs.filter { $0.process.suspend() }
        defer { for program in paused { _ = program.process.resume() } }
        return try body()
    }

    /// Runs a program and returns its output without the trailing line break.
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

    /// The number of partitions that each process of a service serves.
    /// - Parameters:
    ///   - service: the path of its executable.
    ///   - count: `PARTITIONS`.
    ///   - folder: `DATA_DIR`.
    static func partitionsServed(by service: String, count: Int, in folder: String) throws -> [String: Int] {
        let lines = try output(
            of: service, ["partitions"], environment: ["PARTITIONS": String(count), "DATA_DIR": folder])
        let served = lines.split(separator: "\n").map { $0.split(separator: "\t") }.filter {
            $0.count > 2 && $0[2] == "serving"
        }
        return Dictionary(grouping: served) { String($0[1]) }.mapValues(\.count)
    }

    private func status(_ key: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) / 1024
    }

    func suspend() { _ = process.suspend() }

    func resume() { _ = process.resume() }

    /// As in a crash.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func stop() {
        guard process.isRunning else { return }
        terminate()
        process.waitUntilExit()
    }

    /// A suspended process would not handle the signal.
    private func terminate() {
        _ = process.resume()
        process.terminate()
    }
}
