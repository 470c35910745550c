package import Contracts

/// One thing that is done to the services, their links, their disks, their clocks or their broker.
package struct Fault: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// SIGKILL, and a new start when it is over.
        case kill
        /// SIGTERM, which must end in order, and a new start.
        case end
        /// SIGSTOP, and SIGCONT when it is over.
        case freeze
        /// A start that dies at a named point.
        case crash
        /// While the process is down, somebody takes messages out of its queues, and they are gone.
        case steal
        /// The link is reset.
        case cut
        /// Nothing passes, and nothing is closed.
        case halfOpen = "half-open"
        case slow
        /// The link is cut between commit and ack, so that what was decided comes again.
        case redeliver
        case fullDisk = "full-disk"
        case failingSync = "failing-fsync"
        case clockForward = "clock-forward"
        case clockBack = "clock-back"
        case brokerKill = "broker-kill"
        case brokerRestart = "broker-restart"
        case memoryAlarm = "memory-alarm"
        case diskAlarm = "disk-alarm"
        /// Commands of a while ago are sent again.
        case duplicates

        /// Whether it befalls one service, and not the broker or the world.
        package var isOfService: Bool {
            switch self {
            case .brokerKill, .brokerRestart, .memoryAlarm, .diskAlarm, .duplicates: false
            default: true
            }
        }

        /// What it takes hold of: no two faults hold the same at once.
        package var hold: String {
            switch self {
            case .kill, .end, .freeze, .crash, .steal: "process"
            case .cut, .halfOpen, .slow, .redeliver: "link"
            case .fullDisk, .failingSync: "disk"
            case .clockForward, .clockBack: "clock"
            case .brokerKill, .brokerRestart, .memoryAlarm, .diskAlarm: "broker"
            case .duplicates: "world"
            }
        }
    }

    /// The crash point that only long work reaches, which takes more than a thousand on a list.
    package static let workStep = "work-step"
    /// Those that a short life under a steady load reaches.
    package static let points = ["received", "decided", "committed", "acked", "relayed", "confirmed", "cursor-moved"]

    package var kind: Kind
    package var service: ServiceName?
    /// Which of the service's processes, from 0.
    package var process = 0
    /// Since the run's beginning.
    package var begins: Duration
    package var lasts: Duration
    /// A crash point with a number, the milliseconds of a delay, the seconds of a clock, a number of messages.
    package var detail = ""

    package init(_ kind: Kind, of service: ServiceName?, begins: Duration, lasts: Duration, detail: String = "") {
        self.kind = kind
        self.service = service
        self.begins = begins
        self.lasts = lasts
        self.detail = detail
    }

    package var ends: Duration { begins + lasts }
    package var hold: String { "\(kind.hold) \(service?.rawValue ?? "")" }

    package var description: String {
        let words = [kind.rawValue, service?.rawValue ?? "", process > 0 ? "(\(process + 1))" : "", detail]
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
