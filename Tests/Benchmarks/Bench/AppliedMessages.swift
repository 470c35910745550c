import Contracts

/// Counts what services have applied, by their metrics.
enum AppliedMessages {
    /// The number of messages that these processes have applied; it may be a second old.
    /// - Parameters:
    ///   - ports: where they answer `/metrics`.
    ///   - action: nil for all.
    static func count(ports: [Int], of action: Action? = nil) throws -> Int {
        try ports.reduce(0) { sum, port in
            let answer = try HTTPLoad(port: port, connections: 1).run(
                [HTTPRequestFactory().get("/metrics")], expecting: 200, keepingAnswers: true)
            let lines = answer.answers.first?.body.split(separator: "\n") ?? []
            return lines.reduce(sum) { sum, line in
                guard line.hasPrefix("waitlist_messages_total{"), line.contains("\"applied\""),
                    action.map({ line.contains("\"\($0.rawValue)\"") }) ?? true
                else { return sum }
                return sum + (line.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0)
            }
        }
    }
}
