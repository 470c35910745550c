import Foundation

/// Where the time of this machine's processors goes while something runs.
struct ProcessorTime {
    struct Part {
        let name: String
        let seconds: Double
    }

    /// The measured processes; then the rest of the machine, and the time in which a processor had nothing to do.
    let parts: [Part]

    /// Of all processors, idle or not.
    var seconds: Double { parts.map(\.seconds).reduce(0, +) }

    /// - Parameter processes: the CPU time of each so far, in seconds, by its name.
    init(of processes: [(name: String, cpuSeconds: () -> Double)], during body: () throws -> Void) rethrows {
        let started = Measure.nanoseconds
        let before = processes.map { $0.cpuSeconds() }
        let (_, machine) = try Measure.machineCost(of: body)
        let measured = zip(processes, before).map { Part(name: $0.name, seconds: $0.cpuSeconds() - $1) }
        let rest = machine - measured.map(\.seconds).reduce(0, +)
        let all = Double(Measure.nanoseconds - started) / 1e9 * Double(ProcessInfo.processInfo.activeProcessorCount)
        // The kernel counts in ticks of 10 ms, so small differences may be negative.
        parts =
            measured + [
                Part(name: "rest of the machine", seconds: max(0, rest)),
                Part(name: "idle", seconds: max(0, all - machine)),
            ]
    }

    /// The medians of several runs, part by part.
    init(mediansOf runs: [ProcessorTime]) {
        parts = (runs.first?.parts ?? []).indices.map { index in
            Part(name: runs[0].parts[index].name, seconds: Measure.median(runs.map { $0.parts[index].seconds }))
        }
    }
}
