import ArgumentParser
import Contracts
import Foundation
import ServiceKit
import Web

/// `token`: prints a bearer token for development, signed with `AUTH_SECRET`.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a bearer token for development, signed with AUTH_SECRET.")

    @Option(help: "The caller's role.")
    var role: Caller.Role

    // An id may begin with a hyphen.
    @Option(parsing: .unconditional, help: "The caller's id.", transform: Self.id)
    var sub: ID

    @Option(help: "How long the token is valid, such as PT12H.", transform: Self.lifetime)
    var lifetime: Duration = .seconds(12 * 3600)

    func token(_ reader: SettingsReader) async throws -> String {
        guard case .secret(let secret) = try AuthenticationSettings(reader) else {
            throw ConfigurationError("token needs AUTH_SECRET, the same as the service's")
        }
        return try await DevelopmentToken.make(
            role: role, id: sub, lifetime: lifetime, rules: try TokenRules(reader), secret: secret)
    }

    @Sendable static func id(_ text: String) throws -> ID {
        guard let id = ID(validating: text) else {
            throw ValidationError("an id has 1 to 128 bytes without control characters, * and #")
        }
        return id
    }

    @Sendable static func lifetime(_ text: String) throws -> Duration {
        guard let lifetime = try? ISODuration(parsing: text).nominal, lifetime >= .seconds(1) else {
            throw ValidationError("it must be an ISO 8601 duration of a second or more, such as PT12H")
        }
        return lifetime
    }
}

extension Caller.Role: ExpressibleByArgument {}
