import Contracts
import Foundation
import JWTKit

/// The claims of a token: the caller (`sub` and `role`), valid from `nbf`, if present, until `exp`, from an issuer and
/// for audiences.
struct TokenClaims: JWTPayload {
    let caller: Caller
    let notBefore: Timestamp?
    /// The first instant at which the token is not valid any more.
    let expires: Timestamp
    var issuer: String?
    var audiences: [String] = []

    /// - Throws: `unauthorized`. The detail may name the cause, since the token's signature is valid.
    func check(_ rules: TokenRules, at now: Timestamp) throws(Problem) {
        guard now.advanced(by: .zero - TokenRules.leeway) < expires else {
            throw .unauthorized("The bearer token has expired.")
        }
        if let notBefore, now.advanced(by: TokenRules.leeway) < notBefore {
            throw .unauthorized("The bearer token is not valid yet.")
        }
        if let required = rules.issuer, issuer?.utf8.elementsEqual(required.utf8) != true {
            throw .unauthorized("The bearer token is from another issuer.")
        }
        if let required = rules.audience, !audiences.contains(where: { $0.utf8.elementsEqual(required.utf8) }) {
            throw .unauthorized("The bearer token is for another audience.")
        }
    }

    /// Required by JWTKit. Nothing to do here: the times are checked by ``check(_:at:)``, which takes the clock's time.
    func verify(using algorithm: some JWTAlgorithm) {}
}

extension TokenClaims {
    /// `sub` may be a number, like ids in messages. Times are seconds since 1970, with or without a fraction (RFC 7519
    /// section 2).
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        let role = try fields.decode(String.self, forKey: .role)
        let number = try? fields.decode(Int64.self, forKey: .sub)
        let id = try number.map { ID(number: $0) } ?? ID(validating: try fields.decode(String.self, forKey: .sub))
        guard let role = Caller.Role(rawValue: role), let id else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "sub or role"))
        }
        caller = Caller(role: role, id: id)
        notBefore = try fields.decodeIfPresent(Double.self, forKey: .nbf).map(Self.time)
        expires = Self.time(try fields.decode(Double.self, forKey: .exp))
        issuer = try fields.decodeIfPresent(String.self, forKey: .iss)
        // One audience may stand without the array (RFC 7519 section 4.1.3).
        if let audience = try? fields.decode(String.self, forKey: .aud) {
            audiences = [audience]
        } else {
            audiences = try fields.decodeIfPresent([String].self, forKey: .aud) ?? []
        }
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(caller.role.rawValue, forKey: .role)
        try fields.encode(caller.id?.string, forKey: .sub)
        if let notBefore { try fields.encode(notBefore.milliseconds / 1000, forKey: .nbf) }
        try fields.encode(expires.milliseconds / 1000, forKey: .exp)
        try fields.encodeIfPresent(issuer, forKey: .iss)
        if !audiences.isEmpty { try fields.encode(audiences, forKey: .aud) }
    }

    private static func time(_ seconds: Double) -> Timestamp {
        Timestamp(date: Date(timeIntervalSince1970: seconds))
    }

    private enum Field: String, CodingKey {
        case sub
        case role
        case nbf
        case exp
        case iss
        case aud
    }
}
