import Dispatch
import Foundation

/// Requests to one port over many connections, from one thread, made before the clock starts: the load must cost little
/// beside what is measured, for both share the machine.
struct HTTPLoad {
    let port: Int
    let connections: Int

    struct Outcome {
        let perSecond: Double
        /// From the time at which each request was to be sent to its whole answer, in milliseconds, sorted.
        let latencies: [Double]
        /// In the order in which they came, if they were to be kept.
        var answers: [HTTPAnswer] = []

        /// The time within which this part of the requests was answered.
        func latency(_ part: Double) -> Double {
            latencies[min(latencies.count - 1, Int(Double(latencies.count) * part))]
        }
    }

    /// - Parameters:
    ///   - status: what every answer must have.
    ///   - rate: requests a second, by a schedule that waits for no answer: a request that finds every connection busy
    ///     counts from when it was due. Nil: each connection sends when it has its answer.
    func run(
        _ requests: [[UInt8]], expecting status: Int, perSecond rate: Double? = nil, keepingAnswers: Bool = false
    ) throws -> Outcome {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        // New ones for each run: those of the run before may have been idle for longer than a server allows.
        let connections = try (0..<connections).map { _ in try HTTPConnection(port: port) }
        var waits = connections.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
        var idle = Array(connections.indices)
        var sent = 0
        var latencies: [Double] = []
        latencies.reserveCapacity(requests.count)
        var answers: [HTTPAnswer] = []
        let start = Self.now
        while latencies.count < requests.count {
            let now = Self.now
            while sent < requests.count, let index = idle.last {
                let due = rate.map { start + Int(Double(sent) * 1e9 / $0) } ?? now
                guard due <= now else { break }
                idle.removeLast()
                connections[index].due = due
                try connections[index].send(requests[sent])
                sent += 1
            }
            let isEarly = sent < requests.count && !idle.isEmpty
            guard poll(&waits, nfds_t(waits.count), isEarly ? 1 : 30_000) > 0 || isEarly else {
                throw BenchError("no answer in 30 s")
            }
            for index in waits.indices where waits[index].revents != 0 {
                guard let answer = try connections[index].receive(into: buffer) else { continue }
                guard answer.status == status else {
                    throw BenchError("an answer is \(answer.status), not \(status): \(answer.body)")
                }
                latencies.append(Double(Self.now - connections[index].due) / 1e6)
                if keepingAnswers { answers.append(answer) }
                idle.append(index)
            }
        }
        let seconds = Double(Self.now - start) / 1e9
        return Outcome(perSecond: Double(requests.count) / seconds, latencies: latencies.sorted(), answers: answers)
    }

    /// In nanoseconds, of a clock that only goes forward.
    private static var now: Int { Int(DispatchTime.now().uptimeNanoseconds) }
}
