import Foundation
import Testing

@testable import Web

@Suite struct AuthenticationSettingsTests {
    @Test func `without settings the door is open`() throws {
        #expect(try AuthenticationSettings(secret: nil, keySet: nil).isOpen)
    }

    @Test(arguments: [String(repeating: "s", count: 32), String(repeating: "я", count: 16)])
    func `a secret has at least 32 bytes`(secret: String) throws {
        let settings = try AuthenticationSettings(secret: secret, keySet: nil)
        #expect(!settings.isOpen)
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] { #expect(!text.contains(secret)) }
    }

    @Test func `a key set is a file with one`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID()).json").path
        try Issuer.keySet((.es256, [:])).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try !AuthenticationSettings(secret: nil, keySet: path).isOpen)
        try Data("[]".utf8).write(to: URL(filePath: path))
        #expect(complaint(nil, path) == "AUTH_JWKS: this is no JSON Web Key Set")
    }

    @Test(arguments: ["http://127.0.0.1:1/keys", "https://issuer.example/.well-known/jwks.json"])
    func `or a URL, which need not answer yet`(url: String) throws {
        #expect(try !AuthenticationSettings(secret: nil, keySet: url).isOpen)
    }

    @Test(
        arguments: [
            ("a secret of more than thirty-two bytes", "keys.json"), ("", nil),
            ("0123456789012345678901234567890", nil),
            (nil, "/nowhere/keys.json"), (nil, "/tmp"), (nil, ""), (nil, "ftp://issuer.example/"),
            (nil, "file:///etc/keys"),
            (nil, "https://"), (nil, "https:///keys"), (nil, "https://anna:secret@issuer.example/"), (nil, "://x"),
        ] as [(String?, String?)])
    func `anything else is one line that names the setting and no secret`(secret: String?, keySet: String?) throws {
        let line = try #require(complaint(secret, keySet))
        #expect(line.hasPrefix("AUTH_") && !line.contains("\n"))
        for word in [secret, keySet].compactMap({ $0 }) where !word.isEmpty { #expect(!line.contains(word)) }
    }

    private func complaint(_ secret: String?, _ keySet: String?) -> String? {
        #expect(throws: AuthenticationSettings.Complaint.self) {
            try AuthenticationSettings(secret: secret, keySet: keySet)
        }?.description
    }
}
