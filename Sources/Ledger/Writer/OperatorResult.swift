/// The result of an operator's decision about a parked or blocked message.
package enum OperatorResult: Sendable, Hashable {
    case done
    /// There is no message with this id.
    case unknown
    /// With the reason, which is safe to show.
    case impossible(String)
}
