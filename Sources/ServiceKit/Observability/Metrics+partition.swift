import Contracts
import Ledger

/// What a partition measures.
extension Metrics {
    func count(_ counts: [MessageOutcome: Int], partition: Address) {
        for (count, amount) in counts {
            add(
                "waitlist_messages_total", Double(amount), help: "Messages by action and by how they ended",
                [
                    "partition": partition.name, "action": count.action?.rawValue ?? "?",
                    "outcome": count.counter.name,
                ])
        }
    }

    func observe(commitOf inputs: Int, took: Duration, partition: Address) {
        let labels: KeyValuePairs<String, String> = ["partition": partition.name]
        add("waitlist_commits_total", help: "Group commits", labels)
        add(
            "waitlist_commit_inputs_total", Double(inputs),
            help: "Inputs in group commits: over commits, the batch size", labels)
        add("waitlist_commit_seconds_total", took / .seconds(1), help: "Time spent in group commits", labels)
    }

    func gauge(of file: LedgerFile, relay: OutboxRelay) {
        let labels: KeyValuePairs<String, String> = ["partition": file.address.name]
        set("waitlist_outbox_depth", Double(relay.depth), help: "Messages the broker has not confirmed", labels)
        let now = Timestamp.now()
        guard let counts = try? file.statistics(at: now) else { return }
        set(
            "waitlist_outbox_age_seconds", counts.outboxAge(at: now), help: "Age of the oldest unconfirmed message",
            labels)
        set(
            "waitlist_streams_stopped", Double(counts.stopped),
            help: "Streams with a gap that cannot be served any more",
            labels)
        set("waitlist_parked", Double(counts.parked), help: "Messages parked with their reason", labels)
        set("waitlist_blocked", Double(counts.held), help: "Messages that wait in the file", labels)
        set("waitlist_refused", Double(counts.refused), help: "Refused commands on record", labels)
        set(
            "waitlist_stream_gaps", Double(counts.gaps), help: "Messages dropped because one before them was missing",
            labels)
        if file.address.service == .notifier {
            set("waitlist_notifications", Double(counts.notified), help: "Notifications given to users", labels)
            set("waitlist_reminders_due", Double(counts.timersDue), help: "Reminders due and not sent yet", labels)
            set("waitlist_reminders_sent", Double(counts.reminded), help: "Reminders sent", labels)
            set("waitlist_reminders_missed", Double(counts.missed), help: "Reminders whose start had passed", labels)
        } else {
            set(
                "waitlist_offers", Double(counts.offers), help: "Offers sent to volunteers since the file was made",
                labels)
        }
        set("waitlist_work", Double(counts.work), help: "Pieces of long work under way", labels)
    }
}
