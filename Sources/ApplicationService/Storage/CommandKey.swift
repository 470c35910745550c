import Contracts
import Crypto
import Foundation
import Web

/// A client's Idempotency-Key in its scope, and the body that came with it, both as SHA-256: the same key and the same
/// body bytes are the same command (contract section 8).
struct CommandKey: Sendable, Hashable {
    let scope: [UInt8]
    let body: [UInt8]

    init(_ key: IdempotencyKey, caller: Caller, method: String, path: String, body: [UInt8]) {
        // None of the parts holds a line break, so no two scopes read the same.
        scope = Self.digest([caller.name, method, path, key.text].joined(separator: "\n").utf8)
        self.body = Self.digest(body)
    }

    /// The id of an application that its fund did not name: sent again with the same key, it is the same application.
    static func applicationID(_ key: IdempotencyKey, caller: Caller) -> ID {
        .trusted(name(Self.digest("application\n\(caller.name)\n\(key.text)".utf8)))
    }

    /// The same without a key: another one each time.
    static func applicationID() -> ID {
        .trusted(Hexadecimal.digits(.random(in: .min ... .max)) + Hexadecimal.digits(.random(in: .min ... .max)))
    }

    /// 32 hexadecimal digits: too long for an id that is written as a number.
    private static func name(_ bytes: [UInt8]) -> String {
        Hexadecimal.digits(of: bytes.prefix(16))
    }

    private static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array(bytes)))
    }
}
