import Contracts

/// The events of the story, which arrive in one stream.
enum Event: Sendable {
    /// The queue is bound: from now on no message is missed.
    case watching
    case seen(ObservedMessage)
    /// A message that cannot be parsed.
    case unreadable(routingKey: String, reason: String)
    /// The connection to the broker was lost; it is being retried.
    case disconnected(String)
    /// The connection failed for good.
    case hopeless(String)
    case deadline(beat: Int)
    /// The silence after a beat is over.
    case silence(beat: Int)
    /// Another second of waiting has passed.
    case tick(beat: Int)
    case signal(Int32)
}
