/// A subcommand that one service alone has.
package struct Subcommand: Sendable {
    package let name: String
    /// Its line in `--help`, without the executable.
    package let usage: String
    /// The options that go with it and are no settings: they stand on the command line or nowhere.
    package let options: Set<String>
    /// Takes the options that were given, by their names with dashes; returns what to print.
    package let run: @Sendable ([String: String], SettingsReader) async throws -> String

    package init(
        _ name: String, usage: String, options: Set<String> = [],
        run: @escaping @Sendable ([String: String], SettingsReader) async throws -> String
    ) {
        self.name = name
        self.usage = usage
        self.options = options
        self.run = run
    }
}
