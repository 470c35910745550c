package import Crypto

/// How callers authenticate: `AUTH_SECRET`, `AUTH_JWKS`, or neither (contract section 8).
///
/// The secret is stored as a `SymmetricKey`, whose description does not contain it, so that no log can.
package enum AuthenticationSettings: Sendable {
    /// Every caller is `service`. Allowed only on loopback.
    case disabled
    /// Tokens are signed with HS256 and this secret.
    case secret(SymmetricKey)
    /// Tokens are signed with a key of this set, by that key's algorithm.
    case keySet(KeySetLocation)

    /// An invalid value. The description is one line that names the setting and contains no value.
    package struct InvalidValue: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - secret: `AUTH_SECRET`, nil when unset. At least 32 bytes, the size of an HS256 hash (RFC 7518 section 3.2).
    ///   - keySet: `AUTH_JWKS`, nil when unset. The path of a file, which is read immediately, or an https URL
    ///     (http only to loopback), which may be unreachable at this time.
    package init(secret: String?, keySet: String?) throws(InvalidValue) {
        switch (secret, keySet) {
        case (nil, nil): self = .disabled
        case (.some, .some):
            throw InvalidValue(description: "AUTH_SECRET and AUTH_JWKS are both set; only one is allowed")
        case (.some(let secret), nil):
            guard secret.utf8.count >= 32 else {
                throw InvalidValue(description: "AUTH_SECRET must have at least 32 bytes")
            }
            self = .secret(SymmetricKey(data: Array(secret.utf8)))
        case (nil, .some(let text)):
            do {
                let location = try KeySetLocation(text)
                if case .file(let path) = location { _ = try KeySetLocation.read(path) }
                self = .keySet(location)
            } catch {
                throw InvalidValue(description: "AUTH_JWKS: \(error)")
            }
        }
    }

    /// Whether callers do not authenticate. The server may then listen only on loopback (``LoopbackRule``).
    package var isDisabled: Bool {
        if case .disabled = self { true } else { false }
    }
}
