import Contracts
import GRDB
import Ledger
import Synchronization

/// Logs what it does in a table, so that a rollback leaves no trace, and sends every message on to another partition.
/// It fails where the script says so.
final class ScriptedHandler: LedgerHandler {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Script {
        /// The log lines of volunteers, timers and job steps that fail.
        var failing: Set<String> = []
        /// The volunteers whose commands are refused.
        var refused: Set<String> = []
        /// The volunteers for whom the file cannot be written.
        var unwritable: Set<String> = []
        var jobSteps = 5
        /// How many rows a job's step counts, and how many messages it sends.
        var stepRows = 0
        var stepMessages = 0
    }

    static let migration = LedgerMigration(
        "test-1", "CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL)")
    static let consumer = Address(service: .application, partition: Partition(number: 1))

    private let script = Mutex(Script())
    private let reconsidered = Mutex(0)
    private let stepped = Mutex(0)
    private let renewed = Mutex<[Address]>([])

    /// How often the writer asked to reconsider.
    var reconsiderations: Int { reconsidered.withLock { $0 } }

    /// How many steps of jobs have run.
    var steps: Int { stepped.withLock { $0 } }

    /// The producers whose streams began a new epoch.
    var renewals: [Address] { renewed.withLock { $0 } }

    func change(_ body: (inout Script) -> Void) {
        script.withLock { body(&$0) }
    }

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        let name = inbound.message.volunteerID?.string ?? ""
        transaction.emit(inbound.message, to: Self.consumer)
        try log(name, transaction)
        if script.withLock({ $0.refused.contains(name) }) { return .refused(reason: "the script says so") }
        return .applied
    }

    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        try log("discarded \(inbound.message.volunteerID?.string ?? "")", transaction)
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        try log("\(timer.kind) \(timer.key)", transaction)
    }

    func reconsider(in transaction: LedgerTransaction) {
        reconsidered.withLock { $0 += 1 }
    }

    func producerRenewed(_ producer: Address, in transaction: LedgerTransaction) {
        renewed.withLock { $0.append(producer) }
    }

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let step = (Int(job.cursor) ?? 0) + 1
        stepped.withLock { $0 += 1 }
        try log("\(job.key) \(step)", transaction)
        let script = script.withLock { $0 }
        transaction.countStep(rows: script.stepRows)
        for number in 0..<script.stepMessages {
            let response = VolunteerResponse(
                volunteerID: .trusted("\(job.key) \(step) \(number)"), applicationID: .trusted("7"), status: .accepted)
            transaction.emit(.response(response), to: Self.consumer)
        }
        var next = job
        next.cursor = String(step)
        return step < script.jobSteps ? next : nil
    }

    private func log(_ line: String, _ transaction: LedgerTransaction) throws {
        try transaction.db.execute(sql: "INSERT INTO log (line) VALUES (?)", arguments: [line])
        if script.withLock({ $0.unwritable.contains(line) }) { throw LedgerError(.storage, "the disk is full") }
        if script.withLock({ $0.failing.contains(line) }) { throw Failure(description: "\(line) fails") }
    }
}
