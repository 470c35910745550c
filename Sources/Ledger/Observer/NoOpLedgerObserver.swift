/// For a writer that serves a single subcommand: the service publishes what it commits when it runs again.
package struct NoOpLedgerObserver: LedgerObserver {
    package init() {}

    package func committed(_ commit: CommitSummary) {}
    package func writabilityChanged(_ isWritable: Bool) {}
}
