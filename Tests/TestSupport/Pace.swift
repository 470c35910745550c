/// For tools that do things by a plan: sleeps until its time has come. Tests never wait like this.
package func pace(until time: ContinuousClock.Instant) async throws {
    try await Task.sleep(until: time, clock: .continuous)
}
