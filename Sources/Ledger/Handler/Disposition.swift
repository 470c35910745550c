/// The result of a message that was processed without an error.
package enum Disposition: Sendable, Hashable {
    case applied
    /// The message changed nothing, for this reason, and is recorded as refused.
    case refused(reason: String)
}
