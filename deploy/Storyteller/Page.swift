import Contracts
import Foundation

/// Prints the story: one aligned entry per event, in colour if the terminal supports it and NO_COLOR is not set.
struct Page {
    private let screen = Screen()
    /// The last notification text of this chapter.
    private var words: String?
    private var isCounting = false

    /// The column of the text, after the time, the name and the arrow.
    private static let textColumn = 27

    mutating func open(_ script: Script) {
        let create = script.create
        let narrator = Narrator(cast: script.cast, application: script.application)
        print(
            """

            \(painted(create.name, .bold)) · helping to tidy up the park
            \(Clock.day(create.date)), \(Clock.short(create.startTime))–\(Clock.short(create.endTime)) по Москве · \
            \(narrator.places(create.availableSpots)) · заявка № \(create.applicationID)
            \(painted("→ sends   ← receives   ✉ the text of the message   · between the services", .dim))
            """)
    }

    mutating func title(_ number: Int, _ chapter: Script.Chapter) {
        print("\n\(painted("\(number). \(chapter.title)", .bold)) · \(chapter.gloss)")
        words = nil
    }

    mutating func line(_ line: Line) {
        let isRepeated = line.words != nil && line.words == words
        var entry = [head(line, isRepeated ? "the same message" : line.gloss)]
        if let words = line.words, !isRepeated {
            let margin = String(repeating: " ", count: Self.textColumn)
            let rows = words.wrapped(to: screen.columns - Self.textColumn)
            entry.append(margin.dropLast(2) + painted("✉ ", line.tone) + rows.joined(separator: "\n\(margin)"))
        }
        print(entry.joined(separator: "\n"))
        words = line.words ?? words
    }

    /// Shows the countdown in the place of the next line, if the screen can be rewritten.
    mutating func countdown(_ line: Line) {
        guard screen.isColoured else { return }
        screen.rewrite(head(line, line.gloss))
        isCounting = true
    }

    mutating func close(_ verdict: Telling.Verdict) {
        switch verdict {
        case .asItShould(let seen, let took):
            let seconds = Double(took / .milliseconds(1)) / 1000
            print("\n\(painted("✓ Everything happened as it should", .green)): \(seen) messages in \(seconds) s.")
        case .otherwise(let lines):
            let text = lines.map { "  \($0)" }.joined(separator: "\n")
            print("\n\(painted("✗ Something did not happen as it should.", .red))\n\(text)")
        }
    }

    /// Prints links and commands for the reader to try.
    mutating func invite(_ script: Script, _ options: Options) {
        let cast = script.cast
        let url = options.urlToShow
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

            \(painted("Теперь вы · now you.", .bold)) The services keep running, and new messages appear below. \
            \(byBrowser(options))Try this in another terminal:

            \(painted("# Жанна accepts. All spots are taken, so she is 4th on the list: «в листе ожидания».", .dim))
            \(command(cast.zhanna, .accepted))

            \(painted("# Анна declines. Everyone on the list gets an offer: «место доступно».", .dim))
            \(command(cast.anna, .declined))

            \(options.api.map { byHTTP(script, at: $0) } ?? "")Press Ctrl-C to stop.

            """)
    }

    /// The links that are known. Each works once; the browser then stays signed in.
    private func byBrowser(_ options: Options) -> String {
        let links = [
            ("Войти как волонтёр · open as a volunteer", options.volunteerPage),
            ("Войти как фонд · open as a fund", options.fundPage),
        ].compactMap { title, link in link.map { "\(painted("# \(title)", .dim))\n\($0)\n\n" } }
        guard !links.isEmpty else { return "" }
        return "In a browser you see the same as a page. Each link works once:\n\n\(links.joined())"
    }

    private func byHTTP(_ script: Script, at api: String) -> String {
        """
        \(painted("# The same over HTTP, then all responses. \(api)/openapi.json describes the API.", .dim))
        curl -i \(api)/v1/applications/\(script.application)/responses -H 'Content-Type: application/json' \
        -d '{"volunteer_id":\(script.cast.zhanna.id),"status":"accepted"}'
        curl \(api)/v1/applications/\(script.application)/responses


        """
    }

    /// Removes an unfinished countdown.
    mutating func clear() {
        if isCounting { screen.rewrite("") }
        isCounting = false
    }

    private mutating func print(_ text: String) {
        clear()
        screen.write("\(text)\n")
    }

    /// Time, name, arrow, text and English gloss in columns. If there is not enough room, the gloss is left out.
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
