/// Words of others, as they may stand in lines for people.
extension StringProtocol {
    /// The same on one line: what moves a terminal's cursor or turns its text around becomes a space.
    var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.breaksLines ? " " : $0 }))
    }

    /// As a complaint repeats what somebody typed: on one line, and cut where nobody reads on.
    package var quoted: String {
        let most = 80
        let start = unicodeScalars.prefix(most)
        return String(String.UnicodeScalarView(start)).oneLine + (start.endIndex == unicodeScalars.endIndex ? "" : "…")
    }
}

extension Unicode.Scalar {
    fileprivate var breaksLines: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // Embeddings, overrides and isolates of writing direction.
        case .format: ("\u{202a}"..."\u{202e}").contains(self) || ("\u{2066}"..."\u{2069}").contains(self)
        default: false
        }
    }
}
