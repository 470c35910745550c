import Contracts
import Foundation
import ServiceKit
import Web

/// `token`: a bearer token for whoever tries the service out.
enum TokenCommand {
    static let subcommand = Subcommand(
        "token", usage: "token --role fund|volunteer|service --sub ID [--lifetime PT12H]",
        options: [role, subject, lifetime]
    ) { options, settings in
        guard let role = options[role].flatMap(Caller.Role.init) else {
            throw ConfigurationError(
                "--role must be one of \(Caller.Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let id = options[subject].flatMap(ID.init(validating:)) else {
            throw ConfigurationError("--sub must be an id: 1 to 128 bytes without control characters, * and #")
        }
        guard let duration = try? ISODuration(parsing: options[lifetime] ?? "PT12H"),
            case let length = .seconds(duration.days * 86_400) + duration.time, length >= .seconds(1)
        else { throw ConfigurationError("--lifetime must be an ISO 8601 duration of a second or more, such as PT12H") }
        guard case .secret(let secret) = try AuthenticationSettings(settings) else {
            throw ConfigurationError("token signs with AUTH_SECRET, which must be set, to what the service has")
        }
        return try await DevelopmentToken.make(role: role, id: id, lifetime: length, secret: secret)
    }

    private static let role = "--role"
    private static let subject = "--sub"
    private static let lifetime = "--lifetime"
}

extension AuthenticationSettings {
    init(_ reader: SettingsReader) throws(ConfigurationError) {
        do {
            try self.init(secret: reader.text("AUTH_SECRET"), keySet: reader.text("AUTH_JWKS"))
        } catch {
            throw ConfigurationError(error.description)
        }
    }

    /// Nobody may be let in unasked from anywhere but this machine (contract section 8).
    func checked(for host: String) throws(ConfigurationError) -> AuthenticationSettings {
        guard !isDisabled || LoopbackRule.covers(host: host) else {
            throw ConfigurationError(
                "HTTP_HOST \(host.quoted) is open to others: set AUTH_SECRET or AUTH_JWKS, or listen on 127.0.0.1")
        }
        return self
    }
}
