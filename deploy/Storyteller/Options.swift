/// The command line.
struct Options: Sendable, Hashable {
    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    var url = "amqp://guest:guest@127.0.0.1:5672/"
    /// The base URL of ApplicationService's HTTP API, for the commands to try.
    var api: String?
    /// Links with which the reader enters the page of ApplicationService, as a volunteer and as a fund.
    var volunteerPage: String?
    var fundPage: String?
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
                api = value
            case "--volunteer-page":
                guard let value = rest.next() else { throw Wrong(description: "--volunteer-page needs a URL") }
                volunteerPage = value
            case "--fund-page":
                guard let value = rest.next() else { throw Wrong(description: "--fund-page needs a URL") }
                fundPage = value
            case _ where argument.hasPrefix("--url="): url = String(argument.dropFirst("--url=".count))
            default: throw Wrong(description: "unknown option \(argument), see --help")
            }
        }
    }

    /// The URL for `amqp-publish`, which would take a trailing slash for a virtual host with an empty name. A password
    /// other than the default one is not shown.
    var urlToShow: String {
        guard !url.contains("@") || url.contains("//guest:guest@") else { return "\"$AMQP_URL\"" }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    static let help = """
        Storyteller: plays the customer's story through the broker and prints each message as it happens

        Usage: Storyteller [--url URL] [--http URL] [--volunteer-page URL] [--fund-page URL] [--once]

          --url URL   the broker (default: AMQP_URL, else amqp://guest:guest@127.0.0.1:5672/)
          --http URL  ApplicationService's HTTP API, for the commands to try
          --volunteer-page URL, --fund-page URL
                      links to ApplicationService's page, to try it in a browser
          --once      exit after the story; otherwise keep printing messages until SIGINT or SIGTERM
          --help      show this help

        Exit code: 0 if everything happened as it should, 1 if not, 64 for wrong use. NO_COLOR turns colours off.
        """
}
