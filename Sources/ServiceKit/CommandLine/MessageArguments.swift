import ArgumentParser

/// `list`, or `show`, `retry` or `discard` with an id.
struct MessageArguments: ParsableArguments {
    @Argument(help: "What to do.")
    var verb: AdminCommand.Verb

    @Argument(
        help: "The message, such as p00-17; all verbs except list need it.",
        transform: { text in
            guard let id = ItemID(text) else { throw ValidationError("an id looks like p00-17") }
            return id
        })
    var id: ItemID?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (verb == .list) == (id == nil) else {
            throw ValidationError(verb == .list ? "list takes no id" : "\(verb.rawValue) takes an id")
        }
    }

    func command(on subject: AdminCommand.Subject) -> AdminCommand {
        AdminCommand(subject, verb, id, asJSON: output.json)
    }
}

extension AdminCommand.Verb: ExpressibleByArgument {}
