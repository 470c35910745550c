import Foundation

/// Where the page is shown: a terminal, or a file or pipe, which gets plain text.
struct Screen: Sendable {
    let isColoured: Bool
    private let isTerminal: Bool

    init() {
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(STDOUT_FILENO) == 1
        isColoured = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// As wide as it is now, within what reads well.
    var columns: Int {
        var size = winsize()
        guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return min(max(Int(size.ws_col), 60), 120)
    }

    /// Written at once, also into a pipe.
    func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// In the place of the unfinished last line; whoever wants no colours gets no control characters at all.
    func rewrite(_ text: String) {
        if isColoured { write("\r\u{1b}[K\(text)") }
    }
}
