import ApplicationDomain
import Contracts
import Ledger

/// One HTTP command inside the writer's transaction: the effect, the operation and the idempotency record are committed
/// together. It throws only server failures.
struct CommandTransaction {
    /// What is known of the volunteer's position on the waiting list.
    enum Position {
        case notRequested
        /// Nil if WaitlistService could not be reached or does not have the volunteer on the list.
        case requested(Int?)
    }

    private let command: Command
    private let caller: CommandCaller
    private let key: CommandKey?
    /// The client's condition on the application, `If-Match`; nil for none.
    private let precondition: (@Sendable (VolunteerApplication, Timestamp) -> Bool)?
    /// Where the client wants to be told of the end of the operation; nil if it only polls.
    private let callback: String?
    private let policy: ApplicationPolicy
    private let events: OperationEvents
    private let spots: SpotTransaction
    private let transaction: LedgerTransaction
    private let operations: OperationStore<LedgerTransaction>

    init(
        _ command: Command, caller: CommandCaller, key: CommandKey?,
        precondition: (@Sendable (VolunteerApplication, Timestamp) -> Bool)? = nil, callback: String? = nil,
        _ policy: ApplicationPolicy, _ transaction: LedgerTransaction, _ events: OperationEvents
    ) {
        self.command = command
        self.caller = caller
        self.key = key
        self.precondition = precondition
        self.callback = callback
        self.policy = policy
        self.events = events
        self.transaction = transaction
        spots = SpotTransaction(policy, transaction, events)
        operations = OperationStore(transaction)
    }

    /// Decides the command.
    ///
    /// An accept by a volunteer who is on the waiting list already enters the writer twice: the first time it only
    /// returns `needsPosition`. Reading the state beforehand instead would cost every accept a read, although few are
    /// repeated; and it could be outdated by the time of the decision, so the second entry would still be needed. A
    /// claim is decided the first time, because a valid offer may have lapsed by the time WaitlistService has answered.
    /// - Parameter encode: the JSON of an operation, which is stored with the key as the answer to replays.
    func decide(position: Position, encode: (CommandOperation) -> [UInt8]) throws -> CommandResult {
        if let key {
            switch try IdempotencyGuard.check(key, in: transaction, now: transaction.now) {
            case .unused: break
            case .replay(let accepted): return .accepted(accepted)
            case .differentBody: return .keyReused
            }
        }
        switch try effect(position) {
        case .state(let state): return .accepted(try record(state, encode))
        case .refused(let reason, let wait): return .refused(reason, retryAfter: wait)
        case .notFound: return .notFound
        case .preconditionFailed: return .preconditionFailed
        case .needsPosition(let volunteer): return .needsPosition(of: volunteer)
        }
    }

    private enum Effect {
        case state(CommandOperation.State)
        case refused(RefusalReason, retryAfter: Duration? = nil)
        case notFound
        case preconditionFailed
        case needsPosition(ID)

        /// - Parameter state: the state of the operation if the command is not refused.
        init(_ refusal: RefusalReason?, else state: CommandOperation.State) {
            self = refusal.map { .refused($0) } ?? .state(state)
        }
    }

    private func effect(_ position: Position) throws -> Effect {
        switch command {
        case .create(let create):
            return Effect(try spots.create(create), else: .ended(.done))
        case .update(let update):
            guard let cached = try authorizedApplication() else { return .notFound }
            guard isExpected(cached.application) else { return .preconditionFailed }
            return Effect(try spots.update(update), else: .ended(.done))
        case .cancel(let cancel):
            guard let cached = try authorizedApplication() else { return .notFound }
            guard isExpected(cached.application) else { return .preconditionFailed }
            if cached.application.status == .cancelled { return .refused(.applicationCancelled) }
            // A job notifies the members; the operation ends with it.
            return Effect(try spots.cancel(cancel), else: .running)
        case .respond(let response):
            guard let cached = try authorizedApplication() else { return .notFound }
            return try respond(response, cached, position)
        }
    }

    private func respond(
        _ response: VolunteerResponse, _ cached: CachedApplication, _ position: Position
    ) throws -> Effect {
        let member = try spots.store.member(response.volunteerID, of: cached.rowID)
        if case .notRequested = position, response.status == .accepted, staysListed(member, cached) {
            return .needsPosition(response.volunteerID)
        }
        let remover = caller.volunteer == response.volunteerID ? nil : caller.name.string
        switch try spots.respond(
            response.volunteerID, response.status, in: cached, member: member, by: remover,
            comment: response.reason)
        {
        case .failure(.tooManyChanges):
            let wait = member?.waitAfterChanges(limit: policy.changesPerHour, now: transaction.now)
            return .refused(.tooManyChanges, retryAfter: wait)
        case .failure(let reason): return .refused(reason)
        case .success(let allocation):
            let known: Int? = if case .requested(let position) = position { position } else { nil }
            return .state(CommandOperation.State(ofResponseIn: allocation, position: known))
        }
    }

    /// Whether the volunteer is on the waiting list and would stay there after an accept.
    private func staysListed(_ member: Member?, _ cached: CachedApplication) -> Bool {
        guard cached.application.waiting > 0, let member, member.isListed, member.standing == .waiting else {
            return false
        }
        let allocation = SpotAllocation(cached.application, member: member, now: transaction.now)
        return allocation.application.status == .open && !allocation.acceptWouldConfirm
    }

    /// The application, if it exists and the caller may command it.
    private func authorizedApplication() throws -> CachedApplication? {
        guard let cached = try spots.store.cached(command.application) else { return nil }
        return caller.mayCommand(cached.application) ? cached : nil
    }

    private func isExpected(_ application: VolunteerApplication) -> Bool {
        precondition?(application, transaction.now) ?? true
    }

    private func record(
        _ state: CommandOperation.State, _ encode: (CommandOperation) -> [UInt8]
    ) throws -> AcceptedCommand {
        let operation = CommandOperation(
            id: OperationID(
                in: transaction.address.partition, at: transaction.now, random: transaction.random()),
            caller: caller.name, kind: command.kind, application: command.application, volunteer: command.volunteer,
            createdAt: transaction.now, updatedAt: transaction.now, state: state, callback: callback)
        try operations.insert(operation)
        if operation.endedAt != nil { events.ended([operation], in: transaction, of: policy.partitions) }
        let body = encode(operation)
        if let key { try operations.insert(key, id: operation.id.description, answer: body) }
        return AcceptedCommand(operation: operation.id, body: body, isReplay: false)
    }
}

/// The sender of a command.
struct CommandCaller: Sendable, Hashable {
    enum Access: Sendable, Hashable {
        /// Volunteers may respond to any application, and `service` may do everything.
        case allApplications
        /// A fund may command only its own applications.
        case applications(of: ID?)
    }

    /// The operation is recorded under this name, and only this caller and `service` may see it.
    let name: ExactString
    let access: Access
    /// The volunteer who is calling; nil for funds and `service`.
    let volunteer: ID?

    func mayCommand(_ application: VolunteerApplication) -> Bool {
        switch access {
        case .allApplications: true
        case .applications(let fund): application.fundID == fund
        }
    }
}

/// The result of a command's transaction. Client errors are results, not thrown errors, so that they do not roll back
/// the rest of the batch.
enum CommandResult: Sendable, Hashable {
    case accepted(AcceptedCommand)
    /// - Parameter retryAfter: when the same command would not be refused for this reason, if that is known.
    case refused(RefusalReason, retryAfter: Duration?)
    /// The Idempotency-Key was used with a different body.
    case keyReused
    /// The application is unknown, or the caller may not command it.
    case notFound
    /// The application is not in the state that the client requires.
    case preconditionFailed
    /// Nothing was decided: this volunteer is on the waiting list and would stay there, so the answer needs the
    /// position, which only WaitlistService knows.
    case needsPosition(of: ID)
}
