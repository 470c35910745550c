package import Contracts

/// Decides whether a history is one that the contract allows. It knows nothing but the history.
package enum Checker {
    package static func objections(to history: History) -> [Objection] {
        let evidence = Evidence(history)
        return history.mishaps + applicationRules(evidence) + StreamRule.objections(evidence)
            + GrowthRule.objections(history)
    }

    /// What is held against one application, whatever else there is.
    static func objections(to history: History, about application: ID) -> [Objection] {
        applicationRules(Evidence(history)).filter { $0.application == application }
    }

    private static func applicationRules(_ evidence: Evidence) -> [Objection] {
        CommandRule.objections(evidence) + SpotRule.objections(evidence) + ListRule.objections(evidence)
            + TellingRule.objections(evidence) + ReminderRule.objections(evidence)
    }
}

extension History {
    /// The shortest part of the history that tells what happened to the application, and of its volunteers to the one
    /// concerned: each message where it was first seen, and what befell the services meanwhile.
    package func account(of application: ID, volunteer: ID? = nil) -> [String] {
        var lines: [String] = []
        var seen: Set<String> = []
        var notes = self.notes[...]
        var waitingNotes: [String] = []
        for (index, sighting) in sightings.enumerated() {
            while let note = notes.first, note.after <= index {
                waitingNotes.append("  -- \(note.text)")
                notes.removeFirst()
            }
            guard let message = sighting.message, message.applicationID == application, concerns(message, volunteer)
            else { continue }
            let again = seen.insert(sighting.messageID).inserted ? "" : " (again)"
            // Of what happened between two of its messages the last is most likely to matter.
            lines += waitingNotes.suffix(3)
            waitingNotes = []
            lines.append("  \(sighting.line)\(again)")
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
