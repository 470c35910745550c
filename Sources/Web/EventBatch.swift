/// The next events of a stream, as the process that knows them tells the one that has the client's connection
/// (contract section 8).
///
/// It travels as lines of id, tab and JSON, which has neither tabs nor line feeds, and a last line that begins with a
/// tab.
package struct EventBatch: Sendable, Hashable {
    package struct Event: Sendable, Hashable {
        package let id: Int64
        package let json: [UInt8]

        package init(id: Int64, json: [UInt8]) {
            self.id = id
            self.json = json
        }
    }

    /// The longest `Prefer: wait` of a request for events, in seconds: the time between two heartbeats.
    package static let maxWait = 15

    /// Their ids increase.
    package var events: [Event]
    /// The id after which the next batch begins.
    package var last: Int64
    /// Whether no event follows.
    package var isLast: Bool
    /// Whether the answer has waited for an event.
    package var hasWaited = false

    package init(events: [Event] = [], last: Int64, isLast: Bool = false) {
        self.events = events
        self.last = last
        self.isLast = isLast
    }

    /// Nil for a text that no ``encoded()`` is.
    package init?(parsing text: String) {
        self.init(last: 0)
        var isComplete = false
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard !isComplete, let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
            let (place, rest) = (String(Substring(line[..<tab])), line[line.index(after: tab)...])
            if place.isEmpty {
                let words = Substring(rest).split(separator: " ")
                guard let last = words.first.flatMap({ Int64($0) }) else { return nil }
                self.last = last
                isLast = words.contains("last")
                hasWaited = words.contains("waited")
                isComplete = true
            } else {
                guard let id = Int64(place) else { return nil }
                events.append(Event(id: id, json: Array(rest)))
            }
        }
        guard isComplete else { return nil }
    }

    package func encoded() -> [UInt8] {
        var lines: [UInt8] = []
        for event in events {
            lines += "\(event.id)\t".utf8
            lines += event.json
            lines.append(UInt8(ascii: "\n"))
        }
        lines += "\t\(last)\(isLast ? " last" : "")\(hasWaited ? " waited" : "")\n".utf8
        return lines
    }
}
