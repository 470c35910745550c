/// When the system first came to rest: everything before it happened without a probe.
package struct RestPoint: Sendable, Hashable {
    /// The number of messages observed until then.
    package var messages: Int
    /// The number of commands sent until then.
    package var commands: Int

    package init(messages: Int, commands: Int) {
        self.messages = messages
        self.commands = commands
    }
}

extension History {
    /// The history until the system first came to rest; `nil` if that is unknown.
    var untilRest: History? {
        guard let restPoint else { return nil }
        var history = self
        history.messages = Array(messages.prefix(restPoint.messages))
        history.commands = Array(commands.prefix(restPoint.commands))
        history.probes = [:]
        return history
    }
}
