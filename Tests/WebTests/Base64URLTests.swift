import Foundation
import Testing

@testable import Web

@Suite struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"), ("~~~???", "fn5-Pz8_"), ("заявка", "0LfQsNGP0LLQutCw"),
    ])
    func `bytes are encoded without padding and decoded again`(
        text: String, encoded: String
    ) {
        #expect(Base64URL.encoded(text.utf8) == encoded)
        #expect(Base64URL.decoded(encoded.utf8) == Data(text.utf8))
    }

    @Test(arguments: ["Zg==", "Zg=", "Z", "Zm9vY", "fn5+Pz8/", "Zm 9v", "Zm9v\n", "Жg"])
    func `anything else is refused`(text: String) {
        #expect(Base64URL.decoded(text.utf8) == nil)
    }
}
