/// A step of a run. A step that is impossible when its turn comes does nothing, so any subsequence of the steps is a
/// valid run, and a failing one can be shrunk.
enum Step: Hashable, Sendable {
    /// The volunteer with this number responds.
    case accept(Int)
    case decline(Int)
    /// The fund changes the number of spots.
    case capacity(Int)
    /// The fund moves the start, to this many seconds after the beginning of the run.
    case start(at: Int)
    case cancel
    /// The oldest message of a stream arrives.
    case deliverToWaitlist
    case deliverToApplication
    /// Each side has its own clock, which advances by this many seconds, or is set back if negative.
    case applicationClock(Int)
    case waitlistClock(Int)
    /// The due timers fire.
    case applicationTimers
    case waitlistTimers
    /// Jobs run one step.
    case applicationWork
    case applicationAnswer
    case waitlistWork
}
