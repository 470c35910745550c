import Foundation

/// Standard output: a terminal, or a file or pipe, which gets plain text.
struct Screen: Sendable {
    let isColoured: Bool
    private let isTerminal: Bool

    init() {
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(STDOUT_FILENO) == 1
        isColoured = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// The current width, between 60 and 120.
    var columns: Int {
        var size = winsize()
        guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return min(max(Int(size.ws_col), 60), 120)
    }

    /// Writes unbuffered, also to a pipe.
    func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// Replaces the unfinished last line. Without colours no control characters are written at all.
    func rewrite(_ text: String) {
        if isColoured { write("\r\u{1b}[K\(text)") }
    }
}
