import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension HTTPServer.Address {
    /// The answer of a server to `GET /readyz`.
    package enum Readiness: Sendable, Hashable {
        case ready
        /// Its lines, or why there is no answer.
        case notReady(String)
    }

    /// In bytes; each partition that is not ready adds a few lines.
    private static let maxAnswer = 1 << 20

    /// Asks the server that listens here, from the same machine, whether its process is ready.
    /// - Parameter limit: the time for the complete answer.
    package func readiness(within limit: Duration = .seconds(5)) async -> Readiness {
        await withTaskGroup(of: Readiness.self) { group in
            group.addTask { await ask(within: limit) }
            // The client's timeout covers only the head.
            group.addTask {
                try? await Task.sleep(for: limit)
                return .notReady("\(readinessURL) did not answer within \(limit.components.seconds) s")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .notReady("cancelled")
        }
    }

    private func ask(within limit: Duration) async -> Readiness {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        do {
            return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                let response = try await client.execute(
                    HTTPClientRequest(url: readinessURL), timeout: TimeAmount(limit))
                let body = try await response.body.collect(upTo: Self.maxAnswer)
                return response.status == .ok ? .ready : .notReady(String(buffer: body))
            }
        } catch {
            return .notReady("\(readinessURL) does not answer: \(error)")
        }
    }

    /// A server that listens on every address is asked on loopback.
    package var readinessURL: String {
        let host =
            switch self.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            case let host where host.contains(":"): "[\(host)]"
            default: self.host
            }
        return "http://\(host):\(port)/readyz"
    }
}
