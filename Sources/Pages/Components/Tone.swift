/// How a badge, a state or a notice looks: its colours and its shape. What it means is always said in words.
enum Tone: String, Sendable {
    /// A check mark.
    case good
    /// A clock.
    case wait
    /// A plus: there is room.
    case open
    /// A star: something that the visitor can have now.
    case offer
    /// A cross.
    case bad
    /// A dash.
    case plain
}
