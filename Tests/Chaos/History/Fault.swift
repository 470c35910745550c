package import Contracts

/// A fault of a service's process, connection, disk or clock, or of the broker.
package struct Fault: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// SIGKILL; restarted at the end of the fault.
        case kill
        /// SIGKILL, and what was not synced is lost; restarted at the end of the fault.
        case powerFailure = "power-failure"
        /// SIGTERM, which must end in good order; then a restart.
        case end
        /// SIGSTOP; SIGCONT at the end of the fault.
        case freeze
        /// The process is started so that it crashes at a crash point.
        case crash
        /// While the process is down, messages are removed from its queues and lost.
        case steal
        /// The connection is reset.
        case cut
        /// The network is cut: no data passes, also on new connections, but none is closed.
        case halfOpen = "half-open"
        case slow
        /// The connection is reset between commit and ack, so that messages are redelivered.
        case redeliver
        case fullDisk = "full-disk"
        case failingSync = "failing-fsync"
        case clockForward = "clock-forward"
        case clockBack = "clock-back"
        case brokerKill = "broker-kill"
        case brokerRestart = "broker-restart"
        case memoryAlarm = "memory-alarm"
        case diskAlarm = "disk-alarm"
        /// Earlier commands are sent again.
        case duplicates
        /// The process's files are copied; at the end of the fault it goes on with the copy, or with an earlier one.
        case restore
        /// At the end of the fault the process's files are deleted, and it is started with `--accept-empty`.
        case emptyDisk = "empty-disk"
        /// A partition is moved to the process, which has a folder of its own.
        case move
        /// An empty broker takes the place of the present one.
        case brokerReplacement = "broker-replacement"

        /// Whether the fault hits one service, not the broker or the outside.
        package var affectsService: Bool {
            switch self {
            case .brokerKill, .brokerRestart, .brokerReplacement, .memoryAlarm, .diskAlarm, .duplicates: false
            default: true
            }
        }

        /// Whether something is lost that was durable. Only some runs have such faults.
        package var losesData: Bool { [.restore, .emptyDisk, .brokerReplacement].contains(self) }

        /// Whether the fault assumes that no other process uses the process's files.
        package var needsOwnFolder: Bool { self == .powerFailure || needsOwnPartitions }

        /// Whether the fault assumes that the process always has the same partitions.
        package var needsOwnPartitions: Bool { self == .steal || losesData }

        /// The kind of resource that the fault uses. Two faults never use the same resource at the same time.
        package var resource: String {
            switch self {
            case .kill, .powerFailure, .end, .freeze, .crash, .steal, .restore, .emptyDisk: "process"
            case .cut, .halfOpen, .slow, .redeliver: "link"
            case .fullDisk, .failingSync: "disk"
            case .clockForward, .clockBack: "clock"
            case .brokerKill, .brokerRestart, .brokerReplacement, .memoryAlarm, .diskAlarm: "broker"
            case .duplicates: "world"
            case .move: "move"
            }
        }
    }

    /// The crash point that only jobs reach, which need a list of more than 1,000.
    package static let workStep = "work-step"
    /// Restores the process's first copy of the run instead of the last.
    package static let firstCopy = "first-copy"
    /// The crash points that a process reaches soon under a steady load.
    package static let points = ["received", "decided", "committed", "acked", "relayed", "confirmed", "cursor-moved"]
    /// Those of moves, in the process that gives a partition up and in the one that gets it.
    package static let movePoints = [
        "move-copied", "move-sealed", "move-complete", "move-confirmed", "move-decided", "move-placed",
        "move-installed",
    ]

    package var kind: Kind
    package var service: ServiceName?
    /// The service's process, from 0; of a move the one that gets the partition, or the next one if it has it.
    package var process = 0
    /// Since the beginning of the run.
    package var begins: Duration
    package var lasts: Duration
    /// Depends on the kind: a crash point with the number of times it is reached, a delay in milliseconds, a clock
    /// offset in seconds, a number of messages, which copy is restored, or which partition is moved.
    package var detail = ""

    package init(_ kind: Kind, of service: ServiceName?, begins: Duration, lasts: Duration, detail: String = "") {
        self.kind = kind
        self.service = service
        self.begins = begins
        self.lasts = lasts
        self.detail = detail
    }

    package var ends: Duration { begins + lasts }
    package var resource: String { "\(kind.resource) \(service?.rawValue ?? "")" }

    package var description: String {
        let words = [kind.rawValue, service?.rawValue ?? "", process > 0 ? "(\(process + 1))" : "", detail]
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
