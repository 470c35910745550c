package import ArgumentParser

extension CommandConfiguration {
    /// The root command of a service: the verbs that every service has, and a list of the settings in its help.
    /// - Parameter subcommands: the service's own verbs.
    package static func service(
        _ program: ServiceProgram, subcommands: [any ParsableCommand.Type] = []
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: program.executable, abstract: program.abstract,
            usage: """
                \(program.executable) [serve] [--accept-empty] [<settings>]
                \(program.executable) <subcommand> [--json] [<settings>]
                """,
            discussion: """
                --accept-empty begins with a new file where the partition has had one and it is lost.

                Settings are options, or environment variables of the same name:

                \(program.settings.map(\.helpText).joined(separator: "\n"))
                """,
            version: "\(program.executable) \(ServiceProgram.version)",
            subcommands: [
                ServeCommand.self, AdminVerbs.Parked.self, AdminVerbs.Blocked.self, AdminVerbs.Refused.self,
                AdminVerbs.Streams.self, AdminVerbs.Counters.self, AdminVerbs.Backup.self, RestoreCommand.self,
                PartitionsCommand.self, MoveCommand.self, ReadyCommand.self,
            ] + subcommands,
            defaultSubcommand: ServeCommand.self)
    }
}

extension Setting {
    fileprivate var helpText: String {
        let value = defaultValue.map { " (default: \($0))" } ?? ""
        return "  \(option), \(name)\(value)\n      \(help)"
    }
}
