/// A state in a few words, for lists.
struct Badge {
    let tone: Tone
    let text: String

    init(_ tone: Tone, _ text: String) {
        self.tone = tone
        self.text = text
    }

    var html: HTML { "<span class=\"badge \(tone.rawValue)\">\(text)</span>" }
}
