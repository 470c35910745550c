import Crypto
import Foundation
import ServiceKit
import Web
import Wording

/// The settings of the page.
struct PageSettings: Sendable {
    /// `PAGE_SECRET`, or a random one.
    let secret: SymmetricKey
    /// Whether the secret ends with this process.
    let isSecretRandom: Bool
    /// `PUBLIC_URL`.
    let origin: PageOrigin
    /// `LOGIN_URL`.
    let loginURL: String?
    /// `LANGUAGE` and `TIME_ZONE`.
    let defaults: VisitorSettings

    init(_ reader: SettingsReader, timeZone: String) throws(ConfigurationError) {
        let secret = try Self.secret(reader)
        self.secret = secret ?? SymmetricKey(size: .bits256)
        isSecretRandom = secret == nil
        origin = try Self.origin(reader)
        loginURL = try Self.loginURL(reader)
        let known = Language.allCases.map(\.rawValue).joined(separator: ", ")
        let language = try reader.value(.language, "one of \(known)") { Language(parsing: $0) }
        defaults = VisitorSettings(language: language, zoneName: timeZone)
    }

    /// `PAGE_SECRET`; nil if it is not set.
    static func secret(_ reader: SettingsReader) throws(ConfigurationError) -> SymmetricKey? {
        guard let text = try reader.text(.pageSecret) else { return nil }
        guard text.utf8.count >= minSecretBytes else {
            throw ConfigurationError("PAGE_SECRET must have at least \(minSecretBytes) bytes")
        }
        return SymmetricKey(data: Array(text.utf8))
    }

    /// As many as the codes have that it makes.
    private static let minSecretBytes = 32

    static func origin(_ reader: SettingsReader) throws(ConfigurationError) -> PageOrigin {
        guard reader.isSet(.publicURL) else { return .ofRequest }
        return try reader.value(
            .publicURL, "an https origin such as https://volunteers.example.org, or an http one of loopback"
        ) { PageOrigin(parsing: $0) }
    }

    private static func loginURL(_ reader: SettingsReader) throws(ConfigurationError) -> String? {
        guard reader.isSet(.loginURL) else { return nil }
        return try reader.value(.loginURL, "an https URL without a user and a fragment, or an http one of loopback") {
            guard $0.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let url = URLComponents(string: $0),
                let host = url.host, !host.isEmpty, url.user == nil, url.fragment == nil,
                url.scheme == "https" || url.scheme == "http" && LoopbackRule.covers(host: host)
            else { return nil }
            return $0
        }
    }
}

extension Setting {
    static let pageSecret = Setting(
        "PAGE_SECRET", isSecret: true,
        "key of the page's sessions and links, at least 32 bytes; unset: they end with the process")
    static let publicURL = Setting(
        "PUBLIC_URL", "origin of the page behind a proxy, such as https://volunteers.example.org")
    static let loginURL = Setting(
        "LOGIN_URL", "where the page's visitors sign in; gets ?return_to= with the page that they want")
}
