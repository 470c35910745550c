import ApplicationDomain

/// An application as decided so far in the transaction, beside what its row still holds.
final class CachedApplication {
    let rowID: Int64
    private(set) var application: VolunteerApplication
    private(set) var persisted: VolunteerApplication
    private(set) var isChanged = false

    init(rowID: Int64, _ application: VolunteerApplication) {
        self.rowID = rowID
        self.application = application
        persisted = application
    }

    func change(to application: VolunteerApplication) {
        self.application = application
        isChanged = true
    }

    /// The row has been written.
    func markPersisted() {
        persisted = application
        isChanged = false
    }

    func copy() -> CachedApplication {
        let copy = CachedApplication(rowID: rowID, persisted)
        if isChanged { copy.change(to: application) }
        return copy
    }
}
