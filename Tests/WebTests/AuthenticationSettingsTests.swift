import Foundation
import Testing

@testable import Web

@Suite struct AuthenticationSettingsTests {
    @Test func `without settings authentication is disabled`() throws {
        #expect(try AuthenticationSettings(secret: nil, keySet: nil).isDisabled)
    }

    @Test(arguments: [String(repeating: "s", count: 32), String(repeating: "я", count: 16)])
    func `a secret has at least 32 bytes`(secret: String) throws {
        let settings = try AuthenticationSettings(secret: secret, keySet: nil)
        #expect(!settings.isDisabled)
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] { #expect(!text.contains(secret)) }
    }

    @Test func `a key set is a file with one`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID()).json").path
        try Issuer.keySet((.es256, [:])).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try !AuthenticationSettings(secret: nil, keySet: path).isDisabled)
        try Data("[]".utf8).write(to: URL(filePath: path))
        #expect(errorText(nil, path) == "AUTH_JWKS: this is no JSON Web Key Set")
    }

    @Test(arguments: ["http://127.0.0.1:1/keys", "https://issuer.example/.well-known/jwks.json"])
    func `or a URL, which may be unreachable`(url: String) throws {
        #expect(try !AuthenticationSettings(secret: nil, keySet: url).isDisabled)
    }

    @Test(
        arguments: [
            ("a secret of more than thirty-two bytes", "keys.json"), ("", nil),
            ("0123456789012345678901234567890", nil),
            (nil, "/nowhere/keys.json"), (nil, "/tmp"), (nil, ""), (nil, "ftp://issuer.example/"),
            (nil, "http://issuer.example/keys"), (nil, "http://127.0.0.1.issuer.example/"),
            (nil, "file:///etc/keys"),
            (nil, "https://"), (nil, "https:///keys"), (nil, "https://anna:secret@issuer.example/"), (nil, "://x"),
        ] as [(String?, String?)])
    func `anything else fails with one line that names the setting and no value`(
        secret: String?, keySet: String?
    ) throws {
        let line = try #require(errorText(secret, keySet))
        #expect(line.hasPrefix("AUTH_") && !line.contains("\n"))
        for word in [secret, keySet].compactMap({ $0 }) where !word.isEmpty { #expect(!line.contains(word)) }
    }

    private func errorText(_ secret: String?, _ keySet: String?) -> String? {
        #expect(throws: AuthenticationSettings.InvalidValue.self) {
            try AuthenticationSettings(secret: secret, keySet: keySet)
        }?.description
    }
}
