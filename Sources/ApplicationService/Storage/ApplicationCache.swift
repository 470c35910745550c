import ApplicationDomain
import Contracts
import Ledger

/// The applications that a transaction has read, and which of them have to be written.
///
/// Most messages of a batch concern few applications, so each is read once and written once in a transaction.
final class ApplicationCache: RowCache {
    /// The maximum number of applications kept in memory from one transaction to the next.
    private static let limit = 1000

    private var applications: [ID: CachedApplication] = [:]
    private var changed: [CachedApplication] = []
    /// The applications that have changed in this transaction, or whose members have, with their funds.
    private var touched: [ID: ID] = [:]

    subscript(id: ID) -> CachedApplication? { applications[id] }

    func insert(_ cached: CachedApplication) {
        applications[cached.application.id] = cached
    }

    func remove(_ id: ID) {
        applications[id] = nil
    }

    func change(_ cached: CachedApplication, to application: VolunteerApplication) {
        if !cached.isChanged { changed.append(cached) }
        cached.change(to: application)
    }

    /// A partition of NotifierService is sent the application.
    func add(notifier: Partition, to cached: CachedApplication) {
        if !cached.isChanged { changed.append(cached) }
        cached.add(notifier)
    }

    /// Notes that the application or one of its members has changed in this transaction.
    func touch(_ application: VolunteerApplication) {
        touched[application.id] = application.fundID
    }

    /// The applications that have changed since this was asked last, with their funds.
    func takeTouched() -> [ID: ID] {
        guard !touched.isEmpty else { return touched }
        defer { touched = [:] }
        return touched
    }

    /// Hands every changed application to `write`, once.
    func flush(_ write: (CachedApplication) throws -> Void) throws {
        for cached in changed {
            try write(cached)
            cached.markPersisted()
        }
        changed.removeAll(keepingCapacity: true)
        if applications.count > Self.limit { applications.removeAll() }
    }

    /// Leaves out unchanged applications: they are read again when needed.
    func copy() -> ApplicationCache {
        let copy = ApplicationCache()
        for cached in changed {
            let duplicate = cached.copy()
            copy.insert(duplicate)
            copy.changed.append(duplicate)
        }
        copy.touched = touched
        return copy
    }
}

/// An application as decided so far in the transaction, beside what its row still holds.
final class CachedApplication {
    let rowID: Int64
    private(set) var application: VolunteerApplication
    private(set) var notifiers: NotifierPartitions
    private(set) var persisted: StoredApplication
    private(set) var isChanged = false

    init(_ stored: StoredApplication) {
        rowID = stored.rowID
        application = stored.application
        notifiers = stored.notifiers
        persisted = stored
    }

    func change(to application: VolunteerApplication) {
        self.application = application
        isChanged = true
    }

    func add(_ notifier: Partition) {
        notifiers.insert(notifier)
        isChanged = true
    }

    /// The row has been written.
    func markPersisted() {
        persisted = StoredApplication(rowID: rowID, application: application, notifiers: notifiers)
        isChanged = false
    }

    func copy() -> CachedApplication {
        let copy = CachedApplication(persisted)
        copy.application = application
        copy.notifiers = notifiers
        copy.isChanged = isChanged
        return copy
    }
}
