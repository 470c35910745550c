/// What a partition's file consists of while it is in use.
package enum FilePart: String, Sendable, CaseIterable {
    /// The database.
    case database
    /// The commits since the copy began, which are in the WAL.
    case log
}
