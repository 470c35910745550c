package import ArgumentParser

/// `serve`: the service itself.
package struct ServeCommand: ParsableCommand {
    static let name = "serve"
    package static let configuration = CommandConfiguration(commandName: name, abstract: "Run the service.")

    package init() {}
}
