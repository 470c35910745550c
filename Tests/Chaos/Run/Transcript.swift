import ChaosHistory
import Contracts

/// All messages and events of a run in their order, for a file that is kept beside the logs.
struct Transcript {
    let text: String

    init(_ history: History) {
        var lines: [String] = []
        var notes = history.notes[...]
        for (index, observed) in history.messages.enumerated() {
            while let note = notes.first, note.after <= index {
                lines.append("-- \(note.text)")
                notes.removeFirst()
            }
            lines.append("\(index) \(observed.messageID) [\(observed.trace ?? "")] \(observed.line)")
        }
        lines += notes.map { "-- \($0.text)" }
        text = lines.joined(separator: "\n") + "\n"
    }
}
