/// A line of a table for spreadsheets (RFC 4180).
struct CSVRow: Sendable {
    let fields: [String]

    init(_ fields: [String]) {
        self.fields = fields
    }

    /// Without it, Excel takes UTF-8 for the machine's own encoding.
    static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// With the line break.
    var bytes: [UInt8] { Array((fields.map(Self.quoted).joined(separator: ",") + "\r\n").utf8) }

    private static func quoted(_ field: String) -> String {
        let field = isFormula(field) ? "'" + field : field
        let isSpecial = field.unicodeScalars.contains { [",", "\"", "\r", "\n"].contains($0) }
        return isSpecial ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }

    /// Spreadsheets compute what begins with one of these, and what an id says comes from outside. With an apostrophe
    /// in front it stays text (OWASP, "CSV Injection").
    private static func isFormula(_ field: String) -> Bool {
        guard let first = field.unicodeScalars.first else { return false }
        return ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"].contains(first)
    }
}
