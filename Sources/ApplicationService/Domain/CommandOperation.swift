package import Contracts

/// A command that a client sent over HTTP, and what became of it: the resource that the client polls
/// (contract section 8).
package struct CommandOperation: Sendable, Hashable {
    /// How long an operation is shown after it ended (contract section 8).
    package static let retention: Duration = .seconds(30 * 86_400)
    /// How long after that the id is still known, so that the client gets 410 rather than 404.
    package static let tombstoneRetention: Duration = .seconds(30 * 86_400)

    package let id: OperationID
    /// The name of the caller who sent the command; only this caller and `service` may see the operation.
    package let caller: ExactString
    /// The action of one of the four commands.
    package let kind: Action
    package let application: ID
    /// The volunteer who responds; nil for a fund's command.
    package let volunteer: ID?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let state: State
    /// Where the client wants to be told of the end; nil if it only polls.
    package let callback: String?

    package init(
        id: OperationID, caller: ExactString, kind: Action, application: ID, volunteer: ID?, createdAt: Timestamp,
        updatedAt: Timestamp, state: State, callback: String? = nil
    ) {
        self.id = id
        self.caller = caller
        self.kind = kind
        self.application = application
        self.volunteer = volunteer
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.state = state
        self.callback = callback
    }

    package enum State: Sendable, Hashable {
        /// Decided and committed; waits for WaitlistService.
        case pending
        /// A job is working on it, step by step.
        case running
        case ended(Outcome)
    }

    package enum Outcome: Sendable, Hashable {
        /// A fund's command has been carried out.
        case done
        case confirmed
        case declined
        /// On the waiting list. The position counts from 1 and is nil if WaitlistService could not be asked for it.
        case waiting(position: Int?)
        case failed(RefusalReason)
    }

    /// The same operation after it has ended.
    package func ended(with outcome: Outcome, at now: Timestamp) -> CommandOperation {
        CommandOperation(
            id: id, caller: caller, kind: kind, application: application, volunteer: volunteer, createdAt: createdAt,
            updatedAt: now, state: .ended(outcome), callback: callback)
    }

    /// When it ended; nil before that.
    package var endedAt: Timestamp? {
        if case .ended = state { updatedAt } else { nil }
    }
}

extension CommandOperation.State {
    /// The state of a volunteer's response, after the response itself or WaitlistService's answer to it was applied.
    /// - Parameter position: the volunteer's position on the waiting list, nil if it is unknown.
    package init(ofResponseIn allocation: SpotAllocation, position: Int? = nil) {
        switch allocation.member?.standing {
        case .confirmed: self = .ended(.confirmed)
        case .declined, nil: self = .ended(.declined)
        case .waiting where allocation.application.status == .cancelled: self = .ended(.failed(.applicationCancelled))
        case .waiting where allocation.member?.isListed == true: self = .ended(.waiting(position: position))
        case .waiting: self = .pending
        }
    }
}

/// The id of an operation: `p00-` and 32 hexadecimal digits.
///
/// The partition comes first, so that every process can route a request for the operation. 12 digits of the time in
/// milliseconds follow, so that rows are inserted in key order, and then 80 random bits.
package struct OperationID: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameter random: random numbers, of which 80 bits are used. They need not be secret: an operation is shown
    ///   only to its caller.
    package init(in partition: Partition, at now: Timestamp, random: (UInt64, UInt64)) {
        description =
            Self.lowerBound(in: partition, at: now) + Hexadecimal.digits(random.0, count: 4)
            + Hexadecimal.digits(random.1)
    }

    /// Nil if the text is not an operation id.
    package init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, Partition(name: String(parts[0])) != nil, parts[1].utf8.count == 32,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        description = text
    }

    /// An id read from our own file, which is not checked again.
    package init(trusted text: String) {
        description = text
    }

    /// The partition in whose file the operation is.
    package var partition: Partition? {
        Partition(name: String(description.prefix { $0 != "-" }))
    }

    /// A string that sorts before every id made in the partition at this time or later, and after all earlier ones.
    package static func lowerBound(in partition: Partition, at time: Timestamp) -> String {
        partition.name + "-" + Hexadecimal.digits(UInt64(clamping: time.milliseconds), count: 12)
    }
}
