import ServiceKit
import Web

/// The settings of ApplicationService's HTTP servers, beyond those that every service has.
struct APISettings: Sendable {
    let authentication: AuthenticationSettings
    let tokenRules: TokenRules
    /// `RATE_LIMIT`: requests per second and caller; 0 for no limit.
    let rateLimit: Int
    /// `CORS_ORIGINS`: the pages that may call the API.
    let origins: AllowedOrigins
    let webhooks: WebhookPolicy
    let page: PageSettings
    /// Where health and metrics are served.
    let adminAddress: HTTPServer.Address

    init(_ reader: SettingsReader, _ settings: ServiceSettings) throws(ConfigurationError) {
        authentication = try AuthenticationSettings(reader).checked(for: settings.httpHost)
        tokenRules = try TokenRules(reader)
        rateLimit = try reader.number(.rateLimit, in: 0...1_000_000)
        origins = try reader.value(.corsOrigins, "origins such as https://example.org, or none") {
            AllowedOrigins(parsing: $0)
        }
        webhooks = try WebhookPolicy(reader)
        page = try PageSettings(reader, timeZone: settings.timeZone)
        adminAddress = try Self.adminAddress(reader)
    }

    static func adminAddress(_ reader: SettingsReader) throws(ConfigurationError) -> HTTPServer.Address {
        HTTPServer.Address(
            host: try reader.value(.adminHost, "an address") { $0 },
            port: try reader.number(.adminPort, in: 0...65535), settings: "ADMIN_HOST, ADMIN_PORT",
            isReplaceable: !reader.isSet(.adminPort))
    }
}

extension Setting {
    static let adminHost = Setting(
        "ADMIN_HOST", default: "127.0.0.1", "listen address of the server of /healthz, /readyz and /metrics")
    static let adminPort = Setting("ADMIN_PORT", default: "9080", "its listen port")
    static let authSecret = Setting(
        "AUTH_SECRET", isSecret: true, "HS256 secret of the callers' tokens, at least 32 bytes")
    static let authJWKS = Setting(
        "AUTH_JWKS", "key set of the callers' tokens, a file or URL, instead of AUTH_SECRET")
    static let authIssuer = Setting("AUTH_ISSUER", "iss that the callers' tokens must have; any if unset")
    static let authAudience = Setting(
        "AUTH_AUDIENCE", "aud that the callers' tokens must contain; anything if unset")
    static let corsOrigins = Setting(
        "CORS_ORIGINS", default: "none", "origins of the pages whose scripts may call the API, or none")
    static let rateLimit = Setting("RATE_LIMIT", default: "100", "requests per second and caller; 0 = unlimited")
}

extension AuthenticationSettings {
    init(_ reader: SettingsReader) throws(ConfigurationError) {
        let secret = try reader.text(.authSecret)
        let keySet = try reader.text(.authJWKS)
        do {
            try self.init(secret: secret, keySet: keySet)
        } catch {
            throw ConfigurationError(error.description)
        }
    }

    /// Refuses to serve unauthenticated callers from other machines (contract section 8).
    func checked(for host: String) throws(ConfigurationError) -> AuthenticationSettings {
        guard !isDisabled || LoopbackRule.covers(host: host) else {
            throw ConfigurationError(
                "HTTP_HOST \(host.quoted) is not loopback: set AUTH_SECRET or AUTH_JWKS, or listen on 127.0.0.1")
        }
        return self
    }
}

extension TokenRules {
    init(_ reader: SettingsReader) throws(ConfigurationError) {
        self.init(issuer: try reader.text(.authIssuer), audience: try reader.text(.authAudience))
    }
}
