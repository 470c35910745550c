/// An input with the time of its submission.
struct PendingInput: Sendable {
    let input: LedgerInput
    let submittedAt: ContinuousClock.Instant
}
