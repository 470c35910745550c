package import Contracts

/// The terms of forgetting, which are the same in all services (contract section 7).
package enum Forgetting {
    /// The maximum number of rows that one step deletes.
    package static let stepRows = 500
    /// What something still waits for is looked at again after this time.
    package static let pause: Duration = .seconds(86_400)

    /// WaitlistService and NotifierService forget an application later than ApplicationService, so that it never speaks
    /// of one that they no longer know, even if the clocks of the services differ.
    /// - Parameter limit: what has been over since before this time is past `RETENTION`.
    /// - Returns: a day earlier, or by `RETENTION` if it is shorter.
    package static func delayed(_ limit: Timestamp, in transaction: LedgerTransaction) -> Timestamp {
        limit.advanced(by: .zero - min(pause, transaction.retention ?? pause))
    }
}
