import Foundation

/// Sends prepared requests to one port over many connections, from one thread. The load shares the machine with the
/// measured program, so it must cost little in comparison.
struct HTTPLoad {
    let port: Int
    let connections: Int

    struct Outcome {
        let perSecond: Double
        /// From the scheduled time of each request to the end of its response, in the order of the responses.
        let delays: [Delay]
        /// The same in milliseconds, sorted.
        let latencies: [Double]
        /// The responses in order of arrival, if they were to be kept.
        var answers: [HTTPResponse] = []

        /// The time within which this fraction of the requests was answered.
        func latency(_ fraction: Double) -> Double {
            latencies[min(latencies.count - 1, Int(Double(latencies.count) * fraction))]
        }
    }

    /// - Parameters:
    ///   - status: the status that every response must have.
    ///   - rate: requests per second, on a schedule that does not wait for responses: the latency of a request that
    ///     finds every connection busy counts from its scheduled time. Nil: each connection sends when it has its
    ///     response.
    func run(
        _ requests: [[UInt8]], expecting status: Int, perSecond rate: Double? = nil, keepingAnswers: Bool = false
    ) throws -> Outcome {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        // New connections for each run: older ones may have exceeded the server's idle timeout.
        let connections = try (0..<connections).map { _ in try HTTPConnection(port: port) }
        let start = Self.now
        let dues = rate.map { rate in requests.indices.map { start + Int(Double($0) * 1e9 / rate) } }
        let dueSignal = try dues.map { try DueSignal($0) }
        // The last one has no connection.
        var waits = (connections.map(\.socket) + [dueSignal?.descriptor ?? -1]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        var idle = Array(connections.indices)
        var sent = 0
        var delays: [Delay] = []
        delays.reserveCapacity(requests.count)
        var answers: [HTTPResponse] = []
        while delays.count < requests.count {
            let now = Self.now
            while sent < requests.count, let index = idle.last {
                let due = dues?[sent] ?? now
                guard due <= now else { break }
                idle.removeLast()
                connections[index].due = due
                try connections[index].send(requests[sent])
                sent += 1
            }
            guard poll(&waits, nfds_t(waits.count), 30_000) > 0 else { throw BenchError("no response within 30 s") }
            dueSignal?.clear()
            for index in connections.indices where waits[index].revents != 0 {
                guard let answer = try connections[index].receive(into: buffer) else { continue }
                guard answer.status == status else {
                    throw BenchError("response \(answer.status) instead of \(status): \(answer.body)")
                }
                delays.append(Delay(due: connections[index].due, end: Self.now))
                if keepingAnswers { answers.append(answer) }
                idle.append(index)
            }
        }
        let seconds = Double(Self.now - start) / 1e9
        return Outcome(
            perSecond: Double(requests.count) / seconds, delays: delays,
            latencies: delays.map(\.milliseconds).sorted(), answers: answers)
    }

    /// Monotonic time in nanoseconds.
    private static var now: Int { Measure.nanoseconds }
}
