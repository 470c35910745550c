import Contracts

/// The place of one open stream among the requests that wait (``OperationWaiters``). It is given back when the last
/// reference is gone, also if the response is never sent.
final class StreamPlace: Sendable {
    enum Refusal: Error {
        case callerHasTooMany
        case tooMany
    }

    private let waiters: OperationWaiters
    private let caller: ExactString?

    init(waiters: OperationWaiters, caller: ExactString?) {
        self.waiters = waiters
        self.caller = caller
    }

    deinit { waiters.giveStreamPlace(of: caller) }
}
