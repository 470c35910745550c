package import ArgumentParser

/// `serve`: the service itself.
package struct ServeCommand: ParsableCommand {
    static let name = "serve"
    package static let configuration = CommandConfiguration(commandName: name, abstract: "Run the service.")

    @Flag(help: "Begin with an empty file where the partition has had one; the other services send what they know.")
    package var acceptEmpty = false

    package init() {}
}
