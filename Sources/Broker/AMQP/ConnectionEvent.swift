/// A message from the broker that is not the reply to a synchronous method.
package enum ConnectionEvent {
    case delivery(Delivery)
    /// Arrives before the message's confirm.
    case returned(Delivery, code: Int, text: String)
    case confirm(tag: UInt64, multiple: Bool, acked: Bool)
    /// The broker accepts no publishes on this connection; the text is its reason.
    case blocked(String)
    case unblocked
}
