/// What the command line asks for.
package struct Invocation: Sendable {
    package enum Verb: Sendable, Equatable {
        case serve
        case help
        case version
        /// A subcommand: its words, such as `parked list`.
        case administer([String])
        /// A subcommand of this service alone.
        case perform(Subcommand)

        package static func == (a: Verb, b: Verb) -> Bool {
            switch (a, b) {
            case (.serve, .serve), (.help, .help), (.version, .version): true
            case (.administer(let a), .administer(let b)): a == b
            case (.perform(let a), .perform(let b)): a.name == b.name
            default: false
            }
        }
    }

    package let verb: Verb
    /// `--json`: lines of JSON in place of tabs.
    package let asJSON: Bool
    /// The options by the names of their settings; of several the last counts.
    let options: [String: String]
    /// The options of the subcommand, by their names.
    let ownOptions: [String: String]

    /// - Parameter arguments: without the executable's name.
    package init(
        _ arguments: [String], settings: [Setting], subcommands: [Subcommand] = []
    ) throws(ConfigurationError) {
        let known = Dictionary(settings.map { ($0.option, $0.name) }) { first, _ in first }
        let own = subcommands.reduce(into: Set<String>()) { $0.formUnion($1.options) }
        var words: [String] = []
        var options: [String: String] = [:]
        var ownOptions: [String: String] = [:]
        var json = false
        var help = false
        var version = false
        var index = arguments.startIndex
        while index < arguments.endIndex {
            let argument = arguments[index]
            index += 1
            switch argument {
            case "--help", "-h": help = true
            case "--version": version = true
            case "--json": json = true
            case _ where argument.hasPrefix("--"):
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let option = String(parts[0])
                guard known[option] != nil || own.contains(option) else {
                    throw ConfigurationError("unknown option \(option.quoted); see --help")
                }
                var value = parts.count == 2 ? String(parts[1]) : nil
                if value == nil, index < arguments.endIndex {
                    value = arguments[index]
                    index += 1
                }
                guard let value else { throw ConfigurationError("\(option) needs a value") }
                if let name = known[option] { options[name] = value } else { ownOptions[option] = value }
            case _ where argument.hasPrefix("-"):
                throw ConfigurationError("unknown option \(argument.quoted); see --help")
            default: words.append(argument)
            }
        }
        self.options = options
        self.ownOptions = ownOptions
        asJSON = json
        if help {
            verb = .help
        } else if version {
            verb = .version
        } else if words.isEmpty || words == ["serve"] {
            verb = .serve
        } else if words.count == 1, let subcommand = subcommands.first(where: { $0.name == words[0] }) {
            verb = .perform(subcommand)
        } else {
            verb = .administer(words)
        }
        let taken = if case .perform(let subcommand) = verb { subcommand.options } else { Set<String>() }
        if let stray = ownOptions.keys.sorted().first(where: { !taken.contains($0) }), verb != .help {
            throw ConfigurationError("\(stray) does not go with this; see --help")
        }
    }
}
