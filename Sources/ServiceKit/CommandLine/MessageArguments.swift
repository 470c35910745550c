import ArgumentParser

/// `list`, or `show`, `retry` or `discard` with an id.
struct MessageArguments: ParsableArguments {
    @Argument(help: "What to do.")
    var verb: MessageVerb

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
        AdminCommand(subject, verb.adminVerb, id, asJSON: output.json)
    }

    /// What can be done with messages that were set aside.
    enum MessageVerb: String, CaseIterable, ExpressibleByArgument {
        case list, show, retry, discard

        var adminVerb: AdminCommand.Verb {
            switch self {
            case .list: .list
            case .show: .show
            case .retry: .retry
            case .discard: .discard
            }
        }
    }
}
