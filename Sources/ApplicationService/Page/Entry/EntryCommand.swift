import ArgumentParser
import Contracts
import Pages
import ServiceKit
import Web

/// `entry`: prints a link for entering the page, for development, signed with `PAGE_SECRET`.
struct EntryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entry", abstract: "Print a link for entering the page once, signed with PAGE_SECRET.")

    @Option(help: "The visitor's role.")
    var role: Visitor.Role

    // An id may begin with a hyphen.
    @Option(parsing: .unconditional, help: "The visitor's id.", transform: TokenCommand.id)
    var sub: ID

    @Option(
        name: .customLong("return-to"), help: "The page that is shown first, such as /applications/7.",
        transform: { text in
            guard let address = ReturnAddress(text) else {
                throw ValidationError("it must begin with one / and be in ASCII")
            }
            return address
        })
    var returnTo: ReturnAddress?

    @Option(help: "How long the link can be used, such as PT1H.", transform: TokenCommand.lifetime)
    var lifetime: Duration = .seconds(3600)

    /// - Parameter defaultPort: of `HTTP_PORT`.
    func url(_ reader: SettingsReader, defaultPort: Int) throws -> String {
        guard let secret = try PageSettings.secret(reader) else {
            throw ConfigurationError("entry needs PAGE_SECRET, the same as the service's")
        }
        let settings = try ServiceSettings(reader, defaultPort: defaultPort)
        let origin = try PageSettings.origin(reader).text(host: settings.httpHost, port: settings.httpPort)
        let entry = PageEntry(
            role: role, id: sub, expiresAt: .now().advanced(by: lifetime), returnTo: returnTo)
        return EntryLink(secret).url(entry, at: origin)
    }
}

extension Visitor.Role: ExpressibleByArgument {}
