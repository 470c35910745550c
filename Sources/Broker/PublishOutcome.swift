/// The outcome of a published message.
package enum PublishOutcome: Sendable, Hashable {
    /// The broker has taken responsibility; if the message was mandatory, at least one queue has it.
    case confirmed
    /// A queue refused it: it is full, or its leader is gone. Other queues may have it, so publish it again with the
    /// same id.
    case nacked
    /// No queue receives it; code 312 is NO_ROUTE. Code 0: it was not sent, because AMQP cannot carry it; the text
    /// gives the reason.
    case returned(code: Int, text: String)
}
