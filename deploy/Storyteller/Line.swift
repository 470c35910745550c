import Contracts

/// One event, as text.
struct Line: Sendable, Hashable {
    enum Tone: Sendable, Hashable {
        /// A fund or a volunteer sends a command.
        case said
        /// A volunteer gets good, undecided or bad news.
        case good
        case open
        case sad
        /// Between the services.
        case inside
    }

    var at: Timestamp
    var who: String
    var arrow: String
    var what: String
    var gloss: String
    var tone: Tone
    /// The text of the notification.
    var words: String?

    init(
        _ at: Timestamp, _ who: String, _ arrow: String, _ what: String, _ gloss: String, _ tone: Tone,
        words: String? = nil
    ) {
        self.at = at
        self.who = who
        self.arrow = arrow
        self.what = what
        self.gloss = gloss
        self.tone = tone
        self.words = words
    }
}
