import Contracts

/// The question to a stream's consumer on one channel what it has applied (contract section 4). Until it is answered,
/// nothing of the stream is published: the file may be an older copy, whose numbers the consumer knows already.
struct StreamHandshake: Sendable {
    /// The consumer returns it with its answer.
    let id: String
    /// The head was sent on this channel.
    var isAsked = false
    var isAnswered = false
    /// When the head is sent next.
    var headDue = Timestamp(milliseconds: .min)
    /// How often in succession the head was nacked or returned.
    var failures = 0
}
