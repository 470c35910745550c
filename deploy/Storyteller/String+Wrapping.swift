extension String {
    /// Breaks the text between words into lines of at most `width` characters. A word of one letter, such as «в», and a
    /// number stay with the next word.
    func wrapped(to width: Int) -> [String] {
        var rows: [String] = []
        var row = ""
        for chunk in chunks {
            if row.isEmpty {
                row = chunk
            } else if row.count + 1 + chunk.count <= width {
                row += " \(chunk)"
            } else {
                rows.append(row)
                row = chunk
            }
        }
        return rows + [row]
    }

    private var chunks: [String] {
        var chunks: [String] = []
        var start = ""
        for word in split(whereSeparator: \.isWhitespace) {
            start += start.isEmpty ? word : " \(word)"
            guard word.count > 1, !word.allSatisfy(\.isNumber) else { continue }
            chunks.append(start)
            start = ""
        }
        return start.isEmpty ? chunks : chunks + [start]
    }
}
