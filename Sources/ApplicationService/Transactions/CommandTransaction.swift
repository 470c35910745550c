import ApplicationDomain
import Contracts
import Ledger
import Web

/// One command inside the writer's transaction. It throws only what is nobody's mistake: whatever is the caller's is an
/// answer, and leaves the rest of the batch alone.
struct CommandTransaction {
    enum Verdict: Sendable {
        case taken(AcceptedCommand)
        case refused(Problem)
        /// The volunteer is on the list already: the answer names the place, which WaitlistService knows.
        case needsPosition(ID)
    }

    /// What WaitlistService said.
    enum Position {
        case unasked
        /// Nil: it could not be reached, or has nobody of that name.
        case asked(Int?)
    }

    private let command: Command
    private let caller: Caller
    private let key: CommandKey?
    private let gatekeeper: SpotTransaction
    private let transaction: LedgerTransaction
    private let operations: OperationStore

    init(
        _ command: Command, caller: Caller, key: CommandKey?, _ rules: SpotTransaction.ApplicationPolicy,
        _ transaction: LedgerTransaction
    ) {
        self.command = command
        self.caller = caller
        self.key = key
        self.transaction = transaction
        gatekeeper = SpotTransaction(rules, transaction)
        operations = OperationStore(transaction)
    }

    func make(position: Position) throws -> Verdict {
        if let key, let known = try operations.rows.remembered(key, now: transaction.now) {
            do {
                return .taken(try AcceptedCommand(known))
            } catch {
                return .refused(error)
            }
        }
        switch try effect(position) {
        case .state(let state): return .taken(try record(state))
        case .refused(let refusal): return .refused(Problem(refusal))
        case .notTheirs: return .refused(.unknown)
        case .needsPosition(let volunteer): return .needsPosition(volunteer)
        }
    }

    private enum Effect {
        case state(CommandOperation.State)
        case refused(Refusal)
        case notTheirs
        case needsPosition(ID)
    }

    private func effect(_ position: Position) throws -> Effect {
        switch command {
        case .create(let create):
            return effect(of: try gatekeeper.create(create), else: .ended(.done))
        case .update(let update):
            guard try theirs() != nil else { return .notTheirs }
            return effect(of: try gatekeeper.update(update), else: .ended(.done))
        case .cancel(let cancel):
            guard let page = try theirs() else { return .notTheirs }
            if page.application.status == .cancelled { return .refused(.applicationCancelled) }
            // Everybody concerned is told in steps; it has ended when they are.
            return effect(of: try gatekeeper.cancel(cancel), else: .running)
        case .respond(let response):
            guard let page = try theirs() else { return .notTheirs }
            return try respond(response, page, position)
        }
    }

    private func respond(
        _ response: VolunteerResponse, _ page: ApplicationStore.CachedApplication, _ position: Position
    ) throws -> Effect {
        if case .unasked = position, response.status == .accepted, try staysListed(response.volunteerID, page) {
            return .needsPosition(response.volunteerID)
        }
        switch try gatekeeper.respond(response.volunteerID, to: response.applicationID, response.status) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let member):
            switch member?.standing {
            case .confirmed: return .state(.ended(.confirmed))
            case .declined, nil: return .state(.ended(.declined))
            case .waiting where member?.isListed == true:
                let place: Int? = if case .asked(let place) = position { place } else { nil }
                return .state(.ended(.waiting(position: place)))
            case .waiting: return .state(.pending)
            }
        }
    }

    /// Whether the volunteer is on the list and an accept would leave it so. A claim is decided at once: an offer that
    /// holds now may have lapsed when WaitlistService has answered.
    private func staysListed(_ volunteer: ID, _ page: ApplicationStore.CachedApplication) throws -> Bool {
        guard page.application.waiting > 0, let member = try gatekeeper.store.member(volunteer, of: page),
            member.isListed, member.standing == .waiting
        else { return false }
        let gate = SpotAllocation(page.application, member: member, now: transaction.now)
        return gate.application.status == .open && !gate.wouldConfirm
    }

    private func effect(of refusal: Refusal?, else state: CommandOperation.State) -> Effect {
        refusal.map { .refused($0) } ?? .state(state)
    }

    /// The application, if the caller may command it: a fund has only its own, volunteers respond to any.
    private func theirs() throws -> ApplicationStore.CachedApplication? {
        guard let page = try gatekeeper.store.application(command.application) else { return nil }
        return caller.role != .fund || page.application.fundID == caller.id ? page : nil
    }

    private func record(_ state: CommandOperation.State) throws -> AcceptedCommand {
        let operation = CommandOperation(
            id: OperationID(
                in: transaction.address.partition, at: transaction.now, random: transaction.random()),
            caller: caller.name, kind: command.kind, application: command.application, volunteer: command.volunteer,
            createdAt: transaction.now, updatedAt: transaction.now, state: state)
        try operations.insert(operation)
        let body = OperationJSON(operation).encoded()
        if let key { try operations.remember(key, operation: operation.id, answer: body) }
        return AcceptedCommand(operation: operation.id, body: body, isReplay: false)
    }
}

extension Problem {
    /// What the caller is told about a command that changes nothing.
    init(_ refusal: Refusal) {
        switch refusal {
        case .unknownApplication: self = .unknown
        case .applicationStarted:
            self.init(.applicationStarted, "The application has started, and takes no more responses.")
        case .applicationCancelled: self.init(.applicationCancelled, "The application was cancelled.")
        case .differingApplication:
            self.init(.differingApplication, "There is an application with this id, and it says something else.")
        case .notForeign: self.init(.forbidden, "Only the system itself says this.")
        }
    }
}
