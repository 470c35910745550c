package import Crypto

/// How callers prove who they are: `AUTH_SECRET`, `AUTH_JWKS`, or neither (contract section 8).
///
/// A secret is kept as a key, which prints as nothing but its type, so that it is in no log by accident.
package enum AuthenticationSettings: Sendable {
    /// Nobody is asked, and everybody is `service`. Only for a door that listens on loopback.
    case open
    /// Tokens are signed with HS256 and this secret.
    case secret(SymmetricKey)
    /// Tokens are signed with a key of this set, by its own algorithm.
    case keySet(KeySetLocation)

    /// What is wrong, in one line that names the setting and no secret.
    package struct Complaint: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - secret: `AUTH_SECRET`, nil when unset: at least 32 bytes, as many as HS256 has (RFC 7518 section 3.2).
    ///   - keySet: `AUTH_JWKS`, nil when unset: the path of a file, which is read at once, or an http or https URL,
    ///     which need not answer yet.
    package init(secret: String?, keySet: String?) throws(Complaint) {
        switch (secret, keySet) {
        case (nil, nil): self = .open
        case (.some, .some): throw Complaint(description: "AUTH_SECRET and AUTH_JWKS are both set: one must go")
        case (.some(let secret), nil):
            guard secret.utf8.count >= 32 else {
                throw Complaint(description: "AUTH_SECRET must have at least 32 bytes")
            }
            self = .secret(SymmetricKey(data: Array(secret.utf8)))
        case (nil, .some(let text)):
            do {
                let location = try KeySetLocation(text)
                if case .file(let path) = location { _ = try KeySetLocation.read(path) }
                self = .keySet(location)
            } catch {
                throw Complaint(description: "AUTH_JWKS: \(error)")
            }
        }
    }

    /// Whether nobody is asked: then the door may listen on loopback alone (``LoopbackRule``).
    package var isOpen: Bool {
        if case .open = self { true } else { false }
    }
}
