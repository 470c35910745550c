/// What the command line asks for.
package struct Invocation: Sendable {
    package enum Verb: Sendable, Hashable {
        case serve
        case help
        case version
        /// A subcommand: its words, such as `parked list`.
        case administer([String])
    }

    package let verb: Verb
    /// `--json`: lines of JSON in place of tabs.
    package let asJSON: Bool
    /// The options by the names of their settings; of several the last counts.
    let options: [String: String]

    /// - Parameter arguments: without the executable's name.
    package init(_ arguments: [String], settings: [Setting]) throws(SettingError) {
        let known = Dictionary(settings.map { ($0.option, $0.name) }) { first, _ in first }
        var words: [String] = []
        var options: [String: String] = [:]
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
                guard let name = known[option] else {
                    throw SettingError("unknown option \(option.quoted); see --help")
                }
                if parts.count == 2 {
                    options[name] = String(parts[1])
                } else {
                    guard index < arguments.endIndex else { throw SettingError("\(option) needs a value") }
                    options[name] = arguments[index]
                    index += 1
                }
            case _ where argument.hasPrefix("-"): throw SettingError("unknown option \(argument.quoted); see --help")
            default: words.append(argument)
            }
        }
        self.options = options
        asJSON = json
        if help {
            verb = .help
        } else if version {
            verb = .version
        } else if words.isEmpty || words == ["serve"] {
            verb = .serve
        } else {
            verb = .administer(words)
        }
    }
}
