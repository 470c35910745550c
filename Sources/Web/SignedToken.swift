import Foundation

/// A bearer token that is not verified yet: its text, and the fields of its header that select a key.
///
/// The header is parsed here because JWTKit's parsing of arbitrary JSON traps on a number like 1e300.
struct SignedToken {
    let bytes: [UInt8]
    /// The header's `alg`.
    let algorithm: String
    /// The header's `kid`.
    let keyID: String?

    /// The longest accepted token, in bytes; usual ones have a few hundred.
    static let maxBytes = 8 << 10

    /// Parses three parts in base64url without padding, the first a JSON object (RFC 7515 section 7.1). Nil for
    /// anything else, and for a header with `crit`: no critical extension is supported.
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
    /// One text for every invalid token, so that a forger learns nothing from it.
    static let invalidToken = Problem.unauthorized("The bearer token is not valid.")
}
