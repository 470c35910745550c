import Contracts

/// What the storyteller reacts to; all of it comes through one stream, in one order.
enum Event: Sendable {
    /// From now on nothing on the exchanges is missed.
    case watching
    case seen(Sighting)
    /// Somebody published what nobody can read.
    case unreadable(routingKey: String, reason: String)
    /// The broker is away; the connection is tried again.
    case disconnected(String)
    /// No connection will ever come about.
    case hopeless(String)
    case deadline(beat: Int)
    /// The silence after a beat is over.
    case silence(beat: Int)
    /// Another second of waiting has gone by.
    case tick(beat: Int)
    case signal(Int32)
}
