import Foundation

/// The output of a service's subcommands, decoded.
extension ServiceProcess {
    /// A line of `streams`: the position of one stream, on the side of its producer (`out`) or consumer (`in`).
    package struct StreamStatus: Decodable, Hashable, Sendable {
        package let stream: String
        package let direction: String
        package let epoch: Int64
        package let last: Int64

        private enum CodingKeys: CodingKey {
            case stream
            case direction
            case epoch
            case last
        }

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            stream = try fields.decode(String.self, forKey: .stream)
            direction = try fields.decode(String.self, forKey: .direction)
            epoch = Int64(try fields.decode(String.self, forKey: .epoch)) ?? -1
            last = Int64(try fields.decode(String.self, forKey: .last)) ?? -1
        }
    }

    /// The items of a list such as `parked` or `streams`.
    package func items<Item: Decodable>(_ subject: String, as type: Item.Type) async throws -> [Item] {
        let hasNoVerb = ["streams", "counters"].contains(subject)
        let output = hasNoVerb ? try await run(subject, "--json") : try await run(subject, "list", "--json")
        guard output.exitCode == 0 else {
            throw Failure(description: "\(kind) \(subject) exited with \(output.exitCode): \(output.stderr)")
        }
        return try output.lines.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    /// The durable counters, summed over all partitions.
    package func counters() async throws -> [String: Int] {
        struct Line: Decodable {
            let counter: String
            let value: String
        }
        return try await items("counters", as: Line.self).reduce(into: [:]) {
            $0[$1.counter, default: 0] += Int($1.value) ?? 0
        }
    }

    package func streams() async throws -> [StreamStatus] { try await items("streams", as: StreamStatus.self) }
}
