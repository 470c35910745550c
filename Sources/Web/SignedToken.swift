import Foundation
import HTTPTypes

/// A bearer token before anything of it is believed: its text, and what its header says about the signature.
///
/// The header is read here and not by the library, whose general reading of JSON stops the process at a number like
/// 1e300.
struct SignedToken {
    let bytes: [UInt8]
    /// The header's `alg`.
    let algorithm: String
    /// The header's `kid`.
    let keyID: String?

    /// In bytes; ours have a few hundred.
    static let mostBytes = 8 << 10

    /// The request's token as text.
    /// - Throws: `unauthorized` when there is none, or more than one, or something else than a bearer token.
    static func text(in fields: HTTPFields) throws(Problem) -> String {
        let values = fields[values: .authorization]
        guard let value = values.first else { throw .unauthenticated }
        guard values.count == 1 else { throw .unauthorized("There is more than one Authorization.") }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw .unauthenticated }
        let token = words[1][...].trimmed
        guard (1...mostBytes).contains(token.utf8.count) else { throw .badToken }
        return String(token)
    }

    /// Three parts in base64url without padding, the first a JSON object (RFC 7515 section 7.1); nil for anything else,
    /// and for a header with `crit`: it would be critical, and we know none of what may stand there.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.allSatisfy(Base64URL.isDigit) }),
            let header = Base64URL.decoded(parts[0]),
            let fields = try? JSONDecoder().decode(Header.self, from: header), !fields.isCritical
        else { return nil }
        bytes = Array(text.utf8)
        algorithm = fields.algorithm
        keyID = fields.keyID
    }

    private struct Header: Decodable {
        let algorithm: String
        let keyID: String?
        let isCritical: Bool

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Field.self)
            algorithm = try fields.decode(String.self, forKey: .alg)
            keyID = try fields.decodeIfPresent(String.self, forKey: .kid)
            isCritical = fields.contains(.crit)
        }

        enum Field: String, CodingKey {
            case alg
            case kid
            case crit
        }
    }
}

extension Problem {
    /// One text for every fault that a forger could learn from.
    static let badToken = Problem.unauthorized("The bearer token is not valid.")
}
