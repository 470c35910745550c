import ApplicationDomain
import Contracts
import Foundation
import Web

/// What a client is told about a command that it sent over HTTP: the status monitor's resource (contract section 8).
struct CommandOperation: Sendable, Hashable {
    let id: OperationID
    /// Who may see it, as `Caller.name`.
    let caller: String
    /// Of the four commands.
    let kind: Action
    let application: ID
    /// Whose response it is.
    let volunteer: ID?
    let createdAt: Timestamp
    var updatedAt: Timestamp
    var state: State

    enum State: Sendable, Hashable {
        /// Decided; another service must take it up.
        case pending
        /// Under way, in steps.
        case running
        case ended(Ending)
    }

    /// How it ended.
    enum Ending: Sendable, Hashable {
        /// A fund's command.
        case done
        case confirmed
        case declined
        /// The place on the list is absent where WaitlistService could not be asked for it.
        case waiting(position: Int?)
        case failed(Problem.Code)
    }

    /// When it ended; nil while it runs.
    var endedAt: Timestamp? {
        if case .ended = state { updatedAt } else { nil }
    }
}

extension CommandOperation.Ending {
    /// What became of a response that went to the waiting list, now that WaitlistService has it; nil if that is said of
    /// an earlier response of the same volunteer.
    init?(_ gate: SpotAllocation, listedAt position: Int?) {
        guard let member = gate.member else { return nil }
        switch member.standing {
        case .confirmed: self = .confirmed
        case .declined: self = .declined
        case .waiting where gate.application.status == .cancelled: self = .failed(.applicationCancelled)
        case .waiting where member.isListed: self = .waiting(position: position)
        case .waiting: return nil
        }
    }
}

/// `p00-` and 32 hexadecimal digits: the partition, so that every process can route it; then the time in milliseconds,
/// so that rows are added in order; then 80 random bits.
struct OperationID: Sendable, Hashable, CustomStringConvertible {
    let description: String

    /// - Parameter random: of which 80 bits are taken. They need not be secret: who may see an operation is asked.
    init(in partition: Partition, at now: Timestamp, random: (UInt64, UInt64)) {
        description =
            Self.floor(in: partition, at: now) + Hexadecimal.digits(random.0, count: 4) + Hexadecimal.digits(random.1)
    }

    /// Nil for what no operation is called.
    init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, Partition(name: String(parts[0])) != nil, parts[1].utf8.count == 32,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        description = text
    }

    /// One that the file has.
    init(trusted text: String) {
        description = text
    }

    var partition: Partition? {
        Partition(name: String(description.prefix { $0 != "-" }))
    }

    /// Below every id that is made in the partition at this time or later.
    static func floor(in partition: Partition, at time: Timestamp) -> String {
        partition.name + "-" + Hexadecimal.digits(UInt64(clamping: time.milliseconds), count: 12)
    }
}
