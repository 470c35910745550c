/// Rows that a handler keeps in memory from one transaction to the next, and writes in ``LedgerHandler/flush(_:)``.
/// A class, so that a handler recognizes its own cache with a cheap cast.
package protocol RowCache: AnyObject {
    /// A copy that later changes do not affect.
    func copy() -> Self
}
