import Contracts
import Foundation
import TestSupport

/// Whether the services agree, as an operator sees it.
extension TestSystem {
    private struct Line: Decodable {
        let stream: String
        let direction: String
        let epoch: String
        let last: String
        let state: String
    }

    /// Waits until all three services are ready, and both sides of every stream between them have the same epoch and
    /// number, and no state is being transferred.
    func waitUntilStreamsAgree() async throws {
        for service in processes { try await service.waitUntilReady() }
        try await waitUntil("both sides of every stream agree") {
            var lines: [Line] = []
            for service in processes { lines += try await service.items("streams", as: Line.self) }
            guard lines.allSatisfy({ $0.state == "ok" }) else { return false }
            let ins = Dictionary(grouping: lines.filter { $0.direction == "in" }, by: \.stream)
            return lines.allSatisfy { out in
                // Notifications leave the system.
                guard out.direction == "out", !out.stream.hasSuffix(">\(Exchange.notifications)") else { return true }
                if out.last == "0" { return true }
                return ins[out.stream]?.map { [$0.epoch, $0.last] } == [[out.epoch, out.last]]
            }
        }
    }
}
