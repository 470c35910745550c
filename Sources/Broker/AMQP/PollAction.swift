/// What a `ConnectionLoop` does after its delegate has sent what was pending.
enum PollAction {
    /// There is more to send: read pending events and call again.
    case again
    /// Wait for the socket or a wakeup, at most this long; nil for no limit.
    case wait(Duration?)
}
