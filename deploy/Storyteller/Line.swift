import Contracts

/// One event, as a person reads it.
struct Line: Sendable, Hashable {
    enum Tone: Sendable, Hashable {
        /// The world speaks.
        case said
        /// A volunteer is told something good, something open, something sad.
        case good
        case open
        case sad
        /// The services among themselves.
        case inside
    }

    var at: Timestamp
    var who: String
    var arrow: String
    var what: String
    var gloss: String
    var tone: Tone
    /// The message that the person gets.
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
