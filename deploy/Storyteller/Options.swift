/// What the command line asks for.
struct Options: Sendable, Hashable {
    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    var url = "amqp://guest:guest@127.0.0.1:5672/"
    /// Where ApplicationService is, if the reader is to be told.
    var door: String?
    var once = false
    var wantsHelp = false

    init(_ arguments: some Sequence<String>, _ environment: [String: String]) throws(Wrong) {
        if let url = environment["AMQP_URL"], !url.isEmpty { self.url = url }
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch argument {
            case "--once": once = true
            case "--help", "-h": wantsHelp = true
            case "--url":
                guard let value = rest.next() else { throw Wrong(description: "--url needs a URL") }
                url = value
            case "--http":
                guard let value = rest.next() else { throw Wrong(description: "--http needs a URL") }
                door = value
            case _ where argument.hasPrefix("--url="): url = String(argument.dropFirst("--url=".count))
            default: throw Wrong(description: "\(argument) is not understood, see --help")
            }
        }
    }

    /// The URL as `amqp-publish` understands it: a slash at the end would name a virtual host without a name. A
    /// password that is not everybody's is not shown.
    var urlToShow: String {
        guard !url.contains("@") || url.contains("//guest:guest@") else { return "\"$AMQP_URL\"" }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    static let help = """
        Storyteller: plays the customer's story through the broker and prints who is told what, as it happens

        Usage: Storyteller [--url URL] [--http URL] [--once]

          --url URL   the broker (default: AMQP_URL, else amqp://guest:guest@127.0.0.1:5672/)
          --http URL  ApplicationService, for the lines to try
          --once      end after the story; else go on printing what is told, until SIGINT or SIGTERM
          --help      this text

        Exit code: 0, or 1 if the story went otherwise than it should, 64 for wrong use. NO_COLOR is respected.
        """
}
