import ApplicationDomain
import Contracts
import Crypto

/// A client's Idempotency-Key within its scope, and the body that came with it, each as a SHA-256. The same key with
/// the same body bytes is the same command (contract section 8).
struct CommandKey: Sendable, Hashable {
    /// How long a key is remembered (contract section 8).
    static let retention: Duration = .seconds(86_400)

    let scope: [UInt8]
    let body: [UInt8]
    /// What the scope is made of, besides the caller: another process is asked for the key in the client's words.
    let text: String
    let method: String
    let path: String

    /// - Parameters:
    ///   - key: the Idempotency-Key without quotes.
    ///   - caller: the caller's name.
    ///   - bodyDigest: the SHA-256 of the body.
    init(_ key: String, caller: ExactString, method: String, path: String, bodyDigest: [UInt8]) {
        // No part contains a line break, so different scopes have different texts.
        scope = Self.digest([caller.string, method, path, key].joined(separator: "\n").utf8)
        body = bodyDigest
        text = key
        self.method = method
        self.path = path
    }

    /// The id of an application whose fund chose none, derived from the key: the same key gives the same application.
    static func applicationID(_ key: String, caller: ExactString) -> ID {
        // 32 hexadecimal digits: too long for an id that is written as a number.
        .trusted(Hexadecimal.digits(of: digest("application\n\(caller)\n\(key)".utf8).prefix(16)))
    }

    /// The same without a key: a different id each time.
    static func applicationID() -> ID {
        .trusted(Hexadecimal.digits(.random(in: .min ... .max)) + Hexadecimal.digits(.random(in: .min ... .max)))
    }

    private static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array(bytes)))
    }
}

/// The answer to the first command with an Idempotency-Key.
struct StoredAnswer: Sendable, Hashable {
    /// Of the operation, or of what was created at once.
    let id: String
    /// What the first answer showed, as JSON.
    let body: [UInt8]
    /// Whether the command that asks has the same body as the first one.
    let isSameCommand: Bool
}
