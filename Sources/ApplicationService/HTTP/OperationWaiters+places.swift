import Web

extension OperationWaiters {
    /// Counts a stream until the place is released.
    /// - Throws: `too_many_requests` if the caller has too many; `unavailable` if all together are too many.
    func requireStreamPlace(for caller: Caller) throws(Problem) -> StreamPlace {
        switch takeStreamPlace(for: caller.limitedName) {
        case .success(let place): return place
        case .failure(.callerHasTooMany):
            throw Problem.tooManyStreams(limit: Self.maxStreamsPerCaller)
        case .failure(.tooMany):
            throw Problem.unavailable("Too many requests wait and stream.", retryAfter: .seconds(5))
        }
    }
}
