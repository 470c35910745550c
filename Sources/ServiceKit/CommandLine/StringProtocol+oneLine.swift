/// Text from outside, made safe for one line of output.
extension StringProtocol {
    /// The same on one line: characters that move a terminal's cursor or change the direction of text become spaces.
    var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.breaksLines ? " " : $0 }))
    }

    /// For error messages that repeat input: on one line, and cut after `limit` Unicode scalars.
    package func quoted(limit: Int) -> String {
        let start = unicodeScalars.prefix(limit)
        return String(String.UnicodeScalarView(start)).oneLine + (start.endIndex == unicodeScalars.endIndex ? "" : "…")
    }

    package var quoted: String { quoted(limit: 80) }
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
