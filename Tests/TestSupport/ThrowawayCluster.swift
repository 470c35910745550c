internal import Foundation

/// A RabbitMQ cluster of three nodes for tests, run by `deploy/cluster`. It ends with the test process.
package final class ThrowawayCluster: Sendable {
    /// Each can be stopped, killed and restarted on its own.
    package let nodes: [ThrowawayBroker]
    private let directory: URL

    private init(_ directory: URL, _ nodes: [ThrowawayBroker]) {
        self.directory = directory
        self.nodes = nodes
    }

    package static func start() async throws -> ThrowawayCluster {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "cluster-\(ProcessInfo.processInfo.processIdentifier)")
        try await ThrowawayBroker.script(
            "start", directory, environment: ["OWNER_PID": "\(ProcessInfo.processInfo.processIdentifier)"],
            file: "cluster")
        var nodes: [ThrowawayBroker] = []
        for number in 1...3 {
            nodes.append(try await ThrowawayBroker.start(in: directory.appending(path: "n\(number)")))
        }
        return ThrowawayCluster(directory, nodes)
    }

    /// Stops all nodes and deletes their folders.
    package func remove() async throws {
        try await ThrowawayBroker.script("stop", directory, file: "cluster")
        try FileManager.default.removeItem(at: directory)
    }
}
