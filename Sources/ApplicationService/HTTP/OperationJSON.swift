import ApplicationDomain
import Contracts
import Web

/// An operation as the status monitor shows it (contract section 8).
struct OperationJSON: JSONRepresentable {
    let operation: CommandOperation
    private let callback: CallbackStatus

    /// - Parameter callback: how far the callback has come, if the operation has one.
    init(_ operation: CommandOperation, callback: CallbackStatus = .waiting) {
        self.operation = operation
        self.callback = callback
    }

    /// What is told of the end of an operation: the same as ``write(to:)``, without the callback.
    @Sendable static func payload(of operation: CommandOperation) -> [UInt8] {
        ObjectWriter.object { writeFields(of: operation, to: &$0) }
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        Self.writeFields(of: operation, to: &json)
        guard let url = operation.callback else { return }
        json.object(.callback) { json in
            json.field(.url, url)
            json.field(.state, callback.state)
            json.field(.attempts, callback.attempts)
            json.field(.nextAttemptAt, callback.nextAttemptAt)
            json.field(.lastStatus, callback.lastStatus)
            json.field(.lastError, callback.lastError)
        }
    }

    private static func writeFields(of operation: CommandOperation, to json: inout ObjectWriter<JSONKey>) {
        json.field(.id, operation.id.description)
        json.field(.kind, operation.kind.rawValue)
        json.field(.status, operation.status)
        json.field(.createdAt, operation.createdAt.description)
        json.field(.updatedAt, operation.updatedAt.description)
        guard case .ended(let outcome) = operation.state else { return }
        if case .failed(let reason) = outcome {
            json.json(.error, Problem(failedOperation: reason).json)
            return
        }
        json.object(.result) { result in
            switch outcome {
            case .done: result.id(.applicationID, operation.application)
            case .confirmed: result.field(.outcome, "confirmed")
            case .declined: result.field(.outcome, "declined")
            case .waiting(let position):
                result.field(.outcome, "waiting")
                result.field(.position, position)
            case .failed: break
            }
        }
    }
}

extension OperationEvents {
    init(waiters: OperationWaiters, subscribers: EventSubscribers? = nil) {
        self.init(waiters: waiters, subscribers: subscribers, payload: OperationJSON.payload)
    }
}

extension CommandOperation {
    var status: String {
        switch state {
        case .pending: "pending"
        case .running: "running"
        case .ended(.failed): "failed"
        case .ended: "succeeded"
        }
    }
}
