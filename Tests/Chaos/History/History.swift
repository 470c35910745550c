package import Contracts

/// What is known about a run from outside: the commands sent, the messages observed, and the services' own reports at
/// the end. The checker uses nothing else.
package struct History: Sendable {
    /// One line of `parked list` or `refused list`.
    package struct Entry: Sendable, Hashable {
        package var messageID: String?
        package var reason: String

        package init(messageID: String?, reason: String) {
            self.messageID = messageID
            self.reason = reason
        }
    }

    /// One line of `streams`.
    package struct StreamPosition: Sendable, Hashable {
        package var stream: String
        package var isOutgoing: Bool
        package var epoch: Int64
        package var last: Int64

        package init(stream: String, isOutgoing: Bool, epoch: Int64, last: Int64) {
            self.stream = stream
            self.isOutgoing = isOutgoing
            self.epoch = epoch
            self.last = last
        }
    }

    /// The output of one service's subcommands at the end.
    package struct FinalState: Sendable {
        package var counters: [String: Int] = [:]
        package var streams: [StreamPosition] = []
        package var parked: [Entry] = []
        package var blocked: [String] = []
        package var refused: [Entry] = []

        package init() {}
    }

    /// The resources that a service's process used at one moment.
    package struct Sample: Sendable, Hashable {
        /// Changes when the service is restarted.
        package var processID: Int32
        /// Since the beginning of the run.
        package var at: Duration
        /// The number of messages observed so far.
        package var seen: Int
        package var memory: Int
        package var descriptors: Int
        package var threads: Int
        /// The size of the service's files in bytes.
        package var disk: Int

        package init(
            processID: Int32 = 1, at: Duration = .zero, seen: Int = 0, memory: Int, descriptors: Int, threads: Int,
            disk: Int
        ) {
            self.processID = processID
            self.at = at
            self.seen = seen
            self.memory = memory
            self.descriptors = descriptors
            self.threads = threads
            self.disk = disk
        }
    }

    /// A fault or another event, with its place among the messages.
    package struct Note: Sendable, Hashable {
        /// The number of messages observed before it happened.
        package var after: Int
        package var text: String

        package init(after: Int, text: String) {
            self.after = after
            self.text = text
        }
    }

    /// The commands that the broker confirmed or ApplicationService accepted with 202; those about one application in
    /// the order they were sent.
    package var commands: [Command] = []
    /// Everything that was sent over HTTP, with its answers.
    package var exchanges: [HTTPExchange] = []
    /// What `GET` says about each application at the end; `nil` if it is unknown.
    package var readings: [ID: ApplicationReading] = [:]
    /// What the services' files held when the system had come to rest by itself, before the probes.
    package var rest: [ID: ApplicationRest] = [:]
    package var restPoint: RestPoint?
    /// What NotifierService's files held at that time.
    package var audiences: [ID: [Partition: AudienceRest]] = [:]
    /// In the order the broker routed them, republications included.
    package var messages: [ObservedMessage] = []
    package var finalStates: [ServiceName: FinalState] = [:]
    /// The number of messages left in each queue.
    package var queues: [String: Int] = [:]
    /// By process, in the order of time.
    package var samples: [String: [Sample]] = [:]
    package var notes: [Note] = []
    /// Violations found during the run: a service that ended by itself, or the system did not become quiescent in time.
    package var incidents: [Violation] = []
    package var conditions = Conditions()
    package var clockChanges: [ClockChange] = []
    /// `REMINDERS`.
    package var leads: [ISODuration] = []
    /// The maximum by which a service's clock was set forward.
    package var clockAhead: Duration = .zero
    package var endedAt: Timestamp = .earliest
    /// The reminders that NotifierService has recorded as missed.
    package var missedReminders: Set<MissedReminder> = []
    /// In the order in which they ended.
    package var losses: [Loss] = []
    /// By trace, when each command was confirmed or answered, since the beginning of the run.
    package var confirmations: [String: Duration] = [:]
    /// When each was first sent.
    package var beginnings: [String: Duration] = [:]
    /// The last commands by application: each raises a capacity when no spots are reserved, so that everyone waiting is
    /// notified.
    package var probes: [ID: Command] = [:]

    package init() {}
}
