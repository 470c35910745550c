/// What a process is called among those of its service (`PROCESS_NAME`): 1 to 64 letters, digits, dots, hyphens and
/// underscores, because it is also the name of a file.
struct ProcessName: Sendable, Hashable {
    let text: String

    private static let maxLength = 64

    /// Nil for text that is no name.
    init?(_ text: String) {
        guard (1...Self.maxLength).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "."),
            text.unicodeScalars.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = text
    }

    /// The host's name, without what a name may not have, and short enough for a number behind it.
    init(host: String) {
        var text = String(String.UnicodeScalarView(host.unicodeScalars.map { Self.isAllowed($0) ? $0 : "-" }))
        text = String(text.drop { $0 == "." }.prefix(Self.maxLength - 5))
        self.text = text.isEmpty ? "host" : text
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }
}
