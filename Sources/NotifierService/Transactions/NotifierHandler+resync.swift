import Contracts
import Ledger
import NotifierDomain

/// ApplicationService sends its state where a file, its own or this one, is an older copy or a new one (contract
/// sections 4 and 6). It does not know what it does not name there.
extension NotifierHandler {
    /// Recipients whom ApplicationService does not know leave; the key is the address of its partition, the cursor the
    /// last row id.
    static let unknownRecipientsJob = "unknown recipients"
    /// Then the applications that it does not know are detached; key and cursor as above.
    static let unknownApplicationsJob = "unknown applications"
    /// Begins both again for what could not be decided; the key is the same.
    static let unknownTimer = "unknown"
    /// Parts up to this size are applied like other messages, however many come at once.
    private static let smallPart = 5
    /// A blocked message is retried after at most 5 minutes.
    private static let blockedPause: Duration = .seconds(300)

    // MARK: - Parts

    /// Applies a part, or lets it wait if the transaction has no room for its volunteers.
    func receive(
        _ state: ApplicationState, _ inbound: InboundMessage, in transaction: LedgerTransaction
    ) throws {
        let id = state.applicationID
        let store = NotifierStore(transaction)
        var isNew = false
        if try store.application(id) == nil {
            isNew = true
            _ = try insert(ApplicationSnapshot(state), epoch: inbound.epoch, fund: state.fundID, in: transaction)
        }
        guard let stored = try store.application(id) else { return }
        let hasRoom = transaction.hasRoomForStep || state.volunteers.count <= Self.smallPart
        if !stored.hasBuffered, hasRoom {
            transaction.countStep(rows: state.volunteers.count)
            return try apply(inbound.message, sentAt: nil, epoch: inbound.epoch, to: stored, in: transaction)
        }
        try BufferedMessageStore(transaction).insert(inbound.delivery, isCancel: false, of: id)
        if !stored.hasBuffered { try store.setBuffered(stored) }
        if isNew || !stored.hasBuffered { try startReplay(of: id, in: transaction) }
    }

    func apply(
        _ state: ApplicationState, epoch: Int64, to stored: StoredApplication, in transaction: LedgerTransaction
    ) throws {
        if state.isFirst { try apply(details: state, epoch: epoch, to: stored, in: transaction) }
        let store = NotifierStore(transaction)
        guard let stored = try store.application(rowID: stored.rowID) else { return }
        for volunteer in state.volunteers {
            let recipient = try store.recipient(volunteer.volunteerID, of: stored)
            try decide(recipient, about: stored, epoch: epoch, in: transaction) {
                $0.apply(volunteer, isRestored: state.isRestored, isNew: recipient.rowID == nil)
            }
        }
    }

    /// A create in a new epoch for an application that is known: a restored ApplicationService did not know that it had
    /// sent it to this partition, or did not know the application, and it was created once more.
    func apply(
        again create: CreateVolunteerApplication, epoch: Int64, to stored: StoredApplication,
        in transaction: LedgerTransaction
    ) throws {
        let store = NotifierStore(transaction)
        try store.setEpoch(epoch, of: stored)
        try store.setFund(create.fundID, of: stored)
        guard stored.epoch < epoch, !stored.hasBuffered else { return }
        var application = stored.application
        let change = application.update(by: UpdateVolunteerApplication(create), at: transaction.now)
        try store.save(application, over: stored)
        try announce(change, of: application, in: transaction)
    }

    private func apply(
        details state: ApplicationState, epoch: Int64, to stored: StoredApplication,
        in transaction: LedgerTransaction
    ) throws {
        var application = stored.application
        let change = application.update(by: state, isFirstWord: stored.epoch < epoch, at: transaction.now)
        try NotifierStore(transaction).save(application, over: stored)
        try NotifierStore(transaction).setFund(state.fundID, of: stored)
        try announce(change, of: application, in: transaction)
    }

    // MARK: - The end

    /// A partition of ApplicationService may still name in a later epoch what it has not named so far, so the jobs end
    /// when one begins. The end of its state starts them again.
    func producerRenewed(_ producer: Address, in transaction: LedgerTransaction) throws {
        try stopLosing(producer.name, in: transaction)
    }

    func finish(_ complete: StateComplete, at position: StreamPosition, in transaction: LedgerTransaction) throws {
        if complete.isSuperseded { return }
        let producer = position.stream.producer
        try NotifierStore(transaction).setComplete(
            producer, epoch: position.epoch, isRestored: complete.isRestored)
        try startLosing(producer.name, in: transaction)
        transaction.finishResync(with: producer)
    }

    /// Whether a partition of ApplicationService is sending its state.
    func isResyncing(in transaction: LedgerTransaction) -> Bool {
        (0..<partitions).contains { number in
            transaction.isResyncing(Address(service: .application, partition: Partition(number: number)))
        }
    }

    /// Whether the recipient will leave, unless a part that is blocked names the recipient.
    func isUnknown(
        _ recipient: StoredRecipient, of application: StoredApplication, in transaction: LedgerTransaction
    ) throws -> Bool {
        let partition = Partition.of(application.application.id, count: partitions)
        let producer = Address(service: .application, partition: partition)
        return try NotifierStore(transaction).completeState(of: producer)?.knows(recipient.epoch) == false
    }

    private func stopLosing(_ producer: String, in transaction: LedgerTransaction) throws {
        try transaction.cancelTimer(kind: Self.unknownTimer, key: producer)
        for kind in [Self.unknownRecipientsJob, Self.unknownApplicationsJob, Self.unknownCallersJob] {
            try transaction.cancelJobs(kind: kind, key: producer)
        }
    }

    func startLosing(_ producer: String, in transaction: LedgerTransaction) throws {
        try stopLosing(producer, in: transaction)
        try transaction.start(LedgerJob(kind: Self.unknownRecipientsJob, key: producer))
        let callers = try dropCallers(LedgerJob(kind: Self.unknownCallersJob, key: producer), in: transaction)
        if let callers { try transaction.start(callers) }
    }

    /// Lets the recipients of one page leave whom ApplicationService does not know.
    func loseRecipients(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard let unknown = try UnknownRows(of: job, partitions, in: transaction) else { return nil }
        let store = NotifierStore(transaction)
        let page = try store.recipients(after: unknown.cursor, limit: Self.pageLimit)
        transaction.countStep(rows: page.count)
        var applications: [Int64: StoredApplication] = [:]
        var rest = job
        for (stored, applicationID) in page {
            if stored.recipient.standing != .none, !unknown.state.knows(stored.epoch) {
                let known = try applications[applicationID] ?? store.application(rowID: applicationID)
                guard let application = known else { continue }
                applications[applicationID] = application
                switch try unknown.decide(application, in: transaction) {
                case .ofAnother: break
                case .wait: return rest
                case .retry: try retryLosing(job.key, in: transaction)
                case .isReady:
                    let isRestored = unknown.state.isLostByRestore(stored.epoch)
                    try decide(stored, about: application, in: transaction) {
                        $0.lose(isRestored: isRestored)
                    }
                }
            }
            rest.cursor = stored.rowID.map(String.init) ?? rest.cursor
        }
        if page.count == Self.pageLimit { return rest }
        try transaction.start(LedgerJob(kind: Self.unknownApplicationsJob, key: job.key))
        return nil
    }

    /// Detaches those of one page of applications that ApplicationService does not know. Their recipients have left.
    func loseApplications(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard let unknown = try UnknownRows(of: job, partitions, in: transaction) else { return nil }
        let page = try NotifierStore(transaction).applications(after: unknown.cursor, limit: Self.pageLimit)
        transaction.countStep(rows: page.count)
        var rest = job
        for application in page {
            if !unknown.state.knows(application.epoch) {
                switch try unknown.decide(application, in: transaction) {
                case .ofAnother: break
                case .wait: return rest
                case .retry: try retryLosing(job.key, in: transaction)
                case .isReady: try detach(application, in: transaction)
                }
            }
            rest.cursor = String(application.rowID)
        }
        return page.count == Self.pageLimit ? rest : nil
    }

    private func retryLosing(_ producer: String, in transaction: LedgerTransaction) throws {
        let due = transaction.now.advanced(by: Self.blockedPause)
        try transaction.schedule(LedgerTimer(kind: Self.unknownTimer, key: producer, due: due))
    }
}

extension UpdateVolunteerApplication {
    /// Everything that the create says about name and times.
    fileprivate init(_ create: CreateVolunteerApplication) {
        self.init(
            applicationID: create.applicationID, name: create.name, date: create.date, startTime: create.startTime,
            endTime: create.endTime, timeZone: create.timeZone, startsAt: create.startsAt)
    }
}
