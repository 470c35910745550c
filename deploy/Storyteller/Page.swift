import Contracts
import Foundation

/// What is printed: aligned, an entry per event, in a little colour where a terminal shows it and nobody objects.
struct Page {
    private let screen = Screen()
    /// What was read last in this chapter.
    private var words: String?
    private var isCounting = false

    /// Where the text begins, after the time, the name and the arrow.
    private static let textColumn = 27

    mutating func open(_ script: Script) {
        let create = script.create
        let narrator = Narrator(cast: script.cast, application: script.application)
        print(
            """

            \(painted(create.name, .bold)) · help to tidy up the park
            \(Clock.day(create.date)), \(Clock.short(create.startTime))–\(Clock.short(create.endTime)) по Москве · \
            \(narrator.places(create.availableSpots)) · заявка № \(create.applicationID)
            \(painted("→ says   ← is told   ✉ in these words   · the services among themselves", .dim))
            """)
    }

    mutating func title(_ number: Int, _ chapter: Script.Chapter) {
        print("\n\(painted("\(number). \(chapter.title)", .bold)) · \(chapter.gloss)")
        words = nil
    }

    mutating func line(_ line: Line) {
        let isRepeated = line.words != nil && line.words == words
        var entry = [head(line, isRepeated ? "in the same words" : line.gloss)]
        if let words = line.words, !isRepeated {
            let margin = String(repeating: " ", count: Self.textColumn)
            let rows = words.wrapped(to: screen.columns - Self.textColumn)
            entry.append(margin.dropLast(2) + painted("✉ ", line.tone) + rows.joined(separator: "\n\(margin)"))
        }
        print(entry.joined(separator: "\n"))
        words = line.words ?? words
    }

    /// Stands where the next line will stand, where that can be.
    mutating func countdown(_ line: Line) {
        guard screen.isColoured else { return }
        screen.rewrite(head(line, line.gloss))
        isCounting = true
    }

    mutating func close(_ verdict: Telling.Verdict) {
        switch verdict {
        case .asItShould(let seen, let took):
            let seconds = Double(took / .milliseconds(1)) / 1000
            print("\n\(painted("✓ The story went as it should", .green)): \(seen) messages in \(seconds) s.")
        case .otherwise(let lines):
            let text = lines.map { "  \($0)" }.joined(separator: "\n")
            print("\n\(painted("✗ The story went otherwise than it should.", .red))\n\(text)")
        }
    }

    /// How to go on by hand.
    /// - Parameter door: ApplicationService's HTTP, if it is known.
    mutating func invite(_ script: Script, url: String, door: String?) {
        let cast = script.cast
        func command(_ person: Cast.Person, _ status: ResponseStatus) -> String {
            let message = Message.response(
                VolunteerResponse(volunteerID: person.id, applicationID: script.application, status: status))
            return """
                amqp-publish --url=\(url) -e \(Exchange.waiting) -r \(message.action.rawValue) \
                -b '\(String(decoding: message.encoded(), as: UTF8.self))'
                """
        }
        print(
            """

            \(painted("Теперь вы · now you.", .bold)) Everything goes on running, and what is told appears below. \
            In another terminal:

            \(painted("# Жанна responds. All spots are taken, so she is told «в листе ожидания», the 4th.", .dim))
            \(command(cast.zhanna, .accepted))

            \(painted("# Анна drops out. Everybody on the list is told «место доступно».", .dim))
            \(command(cast.anna, .declined))

            \(door.map { byHTTP(script, at: $0) } ?? "")Ctrl-C ends it.

            """)
    }

    private func byHTTP(_ script: Script, at door: String) -> String {
        """
        \(painted("# The same by HTTP: Жанна responds, and the list is shown. \(door)/openapi.json names all.", .dim))
        curl -i \(door)/v1/applications/\(script.application)/responses -H 'Content-Type: application/json' \
        -d '{"volunteer_id":\(script.cast.zhanna.id),"status":"accepted"}'
        curl \(door)/v1/applications/\(script.application)/responses


        """
    }

    /// An unfinished count-down makes place.
    mutating func clear() {
        if isCounting { screen.rewrite("") }
        isCounting = false
    }

    private mutating func print(_ text: String) {
        clear()
        screen.write("\(text)\n")
    }

    /// Time, name, arrow, what and gloss, in columns as far as there is room; the gloss is what may be left out.
    private func head(_ line: Line, _ gloss: String) -> String {
        let room = screen.columns - Self.textColumn
        let what = pad(line.what, min(36, room - 24, room - 1 - gloss.count))
        let start = "  \(painted(Clock.exact(line.at), .dim))  "
        let text = "\(pad(line.who, 8)) \(line.arrow) "
        guard what.count + 1 + gloss.count <= room else { return start + painted(text + line.what, line.tone) }
        return start + painted(text + what, line.tone) + " " + painted(gloss, .dim)
    }

    private enum Paint: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    private func painted(_ text: String, _ tone: Line.Tone) -> String {
        switch tone {
        case .said: painted(text, .bold)
        case .good: painted(text, .green)
        case .open: painted(text, .yellow)
        case .sad: painted(text, .red)
        case .inside: painted(text, .dim)
        }
    }

    private func painted(_ text: String, _ paint: Paint) -> String {
        screen.isColoured ? "\u{1b}[\(paint.rawValue)m\(text)\u{1b}[0m" : text
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
