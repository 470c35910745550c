import Contracts

/// What a process tells the others that share its data folder about itself.
struct ProcessRecord: Sendable, Hashable, Codable {
    struct Owned: Sendable, Hashable, Codable {
        enum State: String, Sendable, Codable {
            case starting, serving, stopping
        }

        /// As `p00`.
        let partition: String
        let state: State
        /// When the process began to serve it, or to try; in Unix milliseconds.
        let since: Int64
    }

    /// `PROCESS_NAME`.
    let process: String
    /// `PARTITIONS`.
    let partitions: Int
    /// Whether `OWNED_PARTITIONS` is `auto`.
    let isAutomatic: Bool
    var isConnected = true
    var isLeaving = false
    var owned: [Owned] = []
    /// Grows while the process runs. It stands still while it is paused.
    var beat = 0

    /// Whether the process owns the partition, or is about to.
    func claims(_ partition: Partition) -> Bool { owned.contains { $0.partition == partition.name } }

    func serves(_ partition: Partition) -> Bool {
        owned.contains { $0.partition == partition.name && $0.state == .serving }
    }
}
