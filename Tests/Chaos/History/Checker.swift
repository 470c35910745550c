package import Contracts

/// Decides whether the contract allows a history, from the history alone.
package enum Checker {
    package static func violations(in history: History) -> [Violation] {
        let evidence = Evidence(history)
        var known: Set<Violation> = []
        // What is wrong at rest and still at the end is reported once.
        return
            (history.incidents + applicationRules(evidence) + StreamRule.violations(evidence)
            + IntroductionRule.violations(evidence) + GrowthRule.violations(history))
            .filter { known.insert($0).inserted }
    }

    /// The violations that concern one application.
    static func violations(in history: History, about application: ID) -> [Violation] {
        applicationRules(Evidence(history)).filter { $0.application == application }
    }

    private static func applicationRules(_ whole: Evidence) -> [Violation] {
        // The history of what was lost is not complete: the files at rest decide.
        let evidence = whole.history.losses.isEmpty ? whole : Evidence(whole.history.afterLosses)
        return AgreementRule.violations(whole.history) + SurvivalRule.violations(whole.history)
            + ToldRule.violations(whole.history) + historyRules(evidence)
    }

    /// What happened to each application since its beginning.
    private static func historyRules(_ evidence: Evidence) -> [Violation] {
        CommandRule.violations(evidence) + SpotRule.violations(evidence) + ListRule.violations(evidence)
            + NotificationRule.violations(evidence) + ReminderRule.violations(evidence)
            + HTTPRule.violations(evidence) + ReadingRule.violations(evidence) + RestRule.violations(evidence.history)
    }
}

extension History {
    /// The messages about the application, restricted to one of its volunteers if given, in the order they were first
    /// observed, with the notes between them.
    package func account(of application: ID, volunteer: ID? = nil) -> [String] {
        var lines: [String] = []
        var seen: Set<String> = []
        var notes = self.notes[...]
        var pendingNotes: [String] = []
        for (index, observed) in messages.enumerated() {
            while let note = notes.first, note.after <= index {
                pendingNotes.append("  -- \(note.text)")
                notes.removeFirst()
            }
            guard let message = observed.message, message.applicationID == application, concerns(message, volunteer)
            else { continue }
            let again = seen.insert(observed.messageID).inserted ? "" : " (again)"
            // The last notes before a message are the most relevant ones.
            lines += pendingNotes.suffix(3)
            pendingNotes = []
            lines.append("  \(observed.line)\(again)")
        }
        return lines
    }

    private func concerns(_ message: Message, _ volunteer: ID?) -> Bool {
        guard let volunteer else { return true }
        if case .notifyFreeSpot(let round) = message {
            return round.waitingVolunteers.isEmpty || round.waitingVolunteers.contains(volunteer)
        }
        return message.volunteerID == nil || message.volunteerID == volunteer
    }
}
