package import ArgumentParser
import Configuration

/// What the command line asks for: a verb, and settings given as options.
///
/// The verb and its own options are ArgumentParser's. The options of settings are taken out before, because they are
/// valid with every verb, on either side of it, and their values are taken as they are, dashes and commas included.
package struct Invocation {
    package let command: any ParsableCommand
    package let settings: CommandLineSettings

    /// ArgumentParser's cost grows with the square of what it is given, and a few words are all that a verb takes: the
    /// longest word is the path of a folder.
    private static let wordLimit = 32
    private static let byteLimit = 1024

    /// The help or the version was asked for.
    package struct InformationRequest: Error {
        package let text: String
    }

    /// Throws an `InformationRequest` for `--help` and `--version`, and a `ConfigurationError` for a wrong call.
    /// - Parameters:
    ///   - arguments: without the executable's name.
    ///   - root: the command with the verbs as its subcommands.
    package init(
        _ arguments: some Sequence<String>, root: any ParsableCommand.Type, settings: [Setting]
    ) throws {
        var words: [String]
        (self.settings, words) = try CommandLineSettings.extract(from: arguments, known: settings)
        if words.count > Self.wordLimit { throw ConfigurationError("too many arguments; see --help") }
        if let word = words.first(where: { $0.utf8.count > Self.byteLimit }) {
            throw ConfigurationError("\(word.quoted) is longer than \(Self.byteLimit) bytes; see --help")
        }
        let verbs = root.configuration.subcommands
        // ArgumentParser wants a verb before its options; here they may stand on either side.
        if let index = words.firstIndex(where: { word in verbs.contains { $0.configuration.commandName == word } }) {
            words.insert(words.remove(at: index), at: 0)
        }
        // `serve` is the default, so its help is the executable's.
        if words == [ServeCommand.name, "--help"] || words == [ServeCommand.name, "-h"] { words.removeFirst() }
        do {
            var command = try root.parseAsRoot(words)
            // ArgumentParser answers `--help` with a command of its own.
            if !verbs.contains(where: { $0 == type(of: command) }) { try command.run() }
            self.command = command
        } catch {
            let message = root.message(for: error)
            guard root.exitCode(for: error) != .success else { throw InformationRequest(text: message) }
            let reason = message.hasSuffix(".") ? message.dropLast() : message[...]
            throw ConfigurationError("\(reason.quoted(limit: 140)); see --help")
        }
    }

    /// Reads settings: an option wins over an environment variable.
    package var settingsReader: SettingsReader {
        SettingsReader([settings.provider, EnvironmentVariablesProvider()])
    }

    /// Whether a partition that has had a file may begin with a new one.
    package var acceptsEmptyFiles: Bool { (command as? ServeCommand)?.acceptEmpty ?? false }

    /// The operator's command, if the verb is one.
    package var adminCommand: AdminCommand? { (command as? any AdminVerb)?.adminCommand }
}
