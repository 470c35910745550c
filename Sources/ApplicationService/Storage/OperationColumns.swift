import ApplicationDomain
import Contracts
import Ledger

/// The state of an operation as the columns `status`, `outcome`, `position` and `problem` hold it.
struct OperationColumns {
    enum Status: String {
        case pending, running, succeeded, failed
    }

    enum Outcome: String {
        case confirmed, waiting, declined
    }

    var status: Status
    /// Only of a response that succeeded.
    var outcome: Outcome?
    var position: Int64?
    /// Only of an operation that failed.
    var problem: RefusalReason?
}

extension OperationColumns {
    init(_ state: CommandOperation.State) {
        switch state {
        case .pending: self.init(status: .pending)
        case .running: self.init(status: .running)
        case .ended(.done): self.init(status: .succeeded)
        case .ended(.confirmed): self.init(status: .succeeded, outcome: .confirmed)
        case .ended(.declined): self.init(status: .succeeded, outcome: .declined)
        case .ended(.waiting(let position)):
            self.init(status: .succeeded, outcome: .waiting, position: position.map { Int64($0) })
        case .ended(.failed(let reason)): self.init(status: .failed, problem: reason)
        }
    }
}

extension CommandOperation.State {
    init(_ columns: OperationColumns) throws {
        switch columns.status {
        case .pending: self = .pending
        case .running: self = .running
        case .failed:
            // The table allows NULL only with another status.
            guard let reason = columns.problem else { throw UnknownColumnValue("NULL", meaning: "RefusalReason") }
            self = .ended(.failed(reason))
        case .succeeded:
            switch columns.outcome {
            case .confirmed: self = .ended(.confirmed)
            case .declined: self = .ended(.declined)
            case .waiting: self = .ended(.waiting(position: columns.position.map { Int($0) }))
            case nil: self = .ended(.done)
            }
        }
    }
}
