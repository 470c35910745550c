package import Contracts

/// All that is known of a run from outside: what was sent, what was seen, and what the services say of themselves at
/// the end. The checker knows nothing else.
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
    package struct Standing: Sendable, Hashable {
        package var stream: String
        package var leadsOut: Bool
        package var epoch: Int64
        package var last: Int64

        package init(stream: String, leadsOut: Bool, epoch: Int64, last: Int64) {
            self.stream = stream
            self.leadsOut = leadsOut
            self.epoch = epoch
            self.last = last
        }
    }

    /// What one service's subcommands say at the end.
    package struct Ending: Sendable {
        package var counters: [String: Int] = [:]
        package var streams: [Standing] = []
        package var parked: [Entry] = []
        package var blocked: [String] = []
        package var refused: [Entry] = []

        package init() {}
    }

    /// What a service's process took at one moment.
    package struct Sample: Sendable, Hashable {
        /// The process id: after a new start it is another one.
        package var life: Int32
        /// Since the run's beginning.
        package var at: Duration
        /// How many messages had been seen.
        package var seen: Int
        package var memory: Int
        package var descriptors: Int
        package var threads: Int
        /// Of the service's files, in bytes.
        package var disk: Int

        package init(
            life: Int32 = 1, at: Duration = .zero, seen: Int = 0, memory: Int, descriptors: Int, threads: Int, disk: Int
        ) {
            self.life = life
            self.at = at
            self.seen = seen
            self.memory = memory
            self.descriptors = descriptors
            self.threads = threads
            self.disk = disk
        }
    }

    /// A fault or the like, told among the messages.
    package struct Note: Sendable, Hashable {
        /// How many messages had been seen when it happened.
        package var after: Int
        package var text: String

        package init(after: Int, text: String) {
            self.after = after
            self.text = text
        }
    }

    /// Those the broker took, in the order they were said.
    package var commands: [Command] = []
    /// In the order the broker routed them; what was published again stands here again.
    package var sightings: [Sighting] = []
    package var endings: [ServiceName: Ending] = [:]
    /// Messages left in queues.
    package var queues: [String: Int] = [:]
    /// By process, in the order they were taken.
    package var samples: [String: [Sample]] = [:]
    package var notes: [Note] = []
    /// What went wrong on the way: a service that ended by itself, something that did not come to rest in time.
    package var mishaps: [Objection] = []
    package var conditions = Conditions()
    /// Services whose clock was set.
    package var movedClocks: Set<ServiceName> = []
    /// `REMINDERS`.
    package var leads: [ISODuration] = []
    /// How far at most a service's clock was set forward.
    package var clockAhead: Duration = .zero
    package var endedAt: Timestamp = .earliest
    /// The last commands: a capacity raised where nothing was promised any more, so that all that wait are told.
    package var probes: [ID: Command] = [:]

    package init() {}
}
