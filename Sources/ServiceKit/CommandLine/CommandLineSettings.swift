package import Configuration

/// The settings given as options: `--amqp-url URL` or `--amqp-url=URL`.
package struct CommandLineSettings: Sendable {
    /// By the settings' names.
    let values: [String: String]

    /// Takes the options of the known settings out of a command line. The last one wins.
    package static func extract(
        from arguments: some Sequence<String>, known settings: [Setting]
    ) throws(ConfigurationError) -> (settings: CommandLineSettings, rest: [String]) {
        let names = Dictionary(settings.map { ($0.option, $0.name) }) { first, _ in first }
        var values: [String: String] = [:]
        var rest: [String] = []
        var iterator = arguments.makeIterator()
        while let argument = iterator.next() {
            // ArgumentParser would take the words after it as they are; no verb has a use for that.
            guard argument != "--" else { throw ConfigurationError("unknown option --; see --help") }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = parts.first, let name = names[String(option)] else {
                rest.append(argument)
                continue
            }
            guard let value = parts.count == 2 ? String(parts[1]) : iterator.next() else {
                throw ConfigurationError("\(option) needs a value")
            }
            values[name] = value
        }
        return (CommandLineSettings(values: values), rest)
    }

    /// Not the library's own provider for command lines, which reads a value with a comma as a list, and a list is no
    /// text.
    package var provider: InMemoryProvider {
        InMemoryProvider(
            name: "options",
            values: Dictionary(
                uniqueKeysWithValues: values.map { name, value in
                    (AbsoluteConfigKey(Setting.key(name)), ConfigValue(.string(value), isSecret: true))
                }))
    }
}
