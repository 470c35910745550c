import Contracts
import Foundation

/// What is printed: aligned, one line per event, in a little colour where a terminal shows it and nobody objects.
struct Page: Sendable {
    private let isColoured: Bool

    init() {
        let environment = ProcessInfo.processInfo.environment
        isColoured =
            isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    func open(_ script: Script) {
        let create = script.create
        let narrator = Narrator(cast: script.cast, application: script.application)
        Self.write(
            """

            \(painted(create.name, .bold)) · help to tidy up the park
            \(Clock.long(create.date)), \(clock(create.startTime))–\(clock(create.endTime)) · \
            \(narrator.places(create.availableSpots)) · заявка № \(create.applicationID)
            \(painted("→ says   ← is told   · the services among themselves", .dim))
            """)
    }

    func title(_ number: Int, _ chapter: Script.Chapter) {
        Self.write("\n\(painted("\(number). \(chapter.title)", .bold)) · \(chapter.gloss)")
    }

    func line(_ line: Line) {
        let plain = "\(pad(line.who, 8)) \(line.arrow) \(pad(line.what, 36))"
        let text = painted(plain, line.tone)
        Self.write("  \(painted(Clock.exact(line.at), .dim))  \(text) \(painted(line.gloss, .dim))")
    }

    func close(_ verdict: Telling.Verdict) {
        switch verdict {
        case .asItShould(let seen, let took):
            let seconds = Double(took / .milliseconds(1)) / 1000
            Self.write("\n\(painted("✓ The story went as it should", .green)): \(seen) messages in \(seconds) s.")
        case .otherwise(let lines):
            let text = lines.map { "  \($0)" }.joined(separator: "\n")
            Self.write("\n\(painted("✗ The story went otherwise than it should.", .red))\n\(text)")
        }
    }

    /// How to go on by hand.
    func invite(_ script: Script, url: String) {
        let cast = script.cast
        func command(_ person: Cast.Person, _ status: ResponseStatus) -> String {
            let message = Message.response(
                VolunteerResponse(volunteerID: person.id, applicationID: script.application, status: status))
            return """
                amqp-publish --url=\(url) -e \(Exchange.waiting) -r \(message.action.rawValue) \
                -b '\(String(decoding: message.encoded(), as: UTF8.self))'
                """
        }
        Self.write(
            """

            \(painted("Теперь вы · now you.", .bold)) Everything goes on running, and what is told appears below. \
            In another terminal:

            \(painted("# Жанна responds. All spots are taken, so she is told «в листе ожидания», the 4th.", .dim))
            \(command(cast.zhanna, .accepted))

            \(painted("# Анна drops out. Everybody on the list is told «место доступно».", .dim))
            \(command(cast.anna, .declined))

            Ctrl-C ends it.

            """)
    }

    /// Written at once, also into a pipe.
    static func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))
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
        isColoured ? "\u{1b}[\(paint.rawValue)m\(text)\u{1b}[0m" : text
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func clock(_ time: CivilTime) -> String { String(time.description.prefix(5)) }
}
