import Foundation
import Testing
import Webhooks

/// Where callbacks may go (contract section 8).
@Suite struct CallbackURLTests {
    private let rules = AddressRules()

    private func fault(_ text: String, _ rules: AddressRules = AddressRules()) -> CallbackURL.Fault? {
        do throws(CallbackURL.Fault) {
            _ = try CallbackURL(validating: text, by: rules)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "https://example.com/hook", "https://example.com:443/hook?a=b", "https://EXAMPLE.com.", "https://8.8.8.8/",
        "https://[2606:4700::1111]/", "https://xn--e1afmkfd.xn--p1ai/", "https://a-b.c_d.example/",
        "https://1.1.1.1.example.com/",
    ])
    func `public addresses and names are taken`(url: String) { #expect(fault(url) == nil) }

    @Test(arguments: [
        // Decimal, octal, hexadecimal, short, with a full stop at the end.
        "127.0.0.1", "127.0.0.1.", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0",
        "0.0.0.0", "0x0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "0xa9fea9fe", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "256.1.1.1", "1.2.3.4.5", "0x100000000",
        "1.2.3.08", "0x", "0x.0x", "0x+7f.1", "0+10.0.0.1", "1.0xffffffffffffffffffff", "0X7F000001", "127.0.0.0x1",
        "127.0.0.1..", "١٢٧.0.0.1", "１２７.0.0.1", "127。0。0。1", "[127.0.0.1]", "[8.8.8.8]", "[[::1]]", "[::1", "::1",
        "[]", "[::ffff:8.8.8.8]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1%eth0]", "[::]", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[64:ff9b::10.0.0.1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[100::1]", "[2001:db8::1]",
        "[2002:7f00:1::]", "[2002:808:808::]", "[2001::1]", "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd00:ec2::254]",
        "[fe80::1]", "[ff02::1]", "[fe80::1%25eth0]", "localhost", "LOCALHOST.", "a.localhost", "db", "x.internal",
        "printer.local", "a..example.com", ".example.com", "exa%6Dple.com", "127.0.0.1%2e", "例え.jp",
    ])
    func `other hosts are refused`(host: String) {
        let found = fault("https://\(host)/")
        #expect(found == .refusedHost || found == .notAnAbsoluteURL, "\(host)")
    }

    @Test func `only https on 443, without user, password and fragment`() {
        for (url, expected) in [
            ("http://example.com/", CallbackURL.Fault.schemeOrPort), ("https://example.com:8443/", .schemeOrPort),
            ("https://example.com:80/", .schemeOrPort), ("https://anna@example.com/", .userInfo),
            ("https://anna:secret@example.com/", .userInfo), ("https://example.com/#a", .fragment),
            ("https://example.com/#", .fragment), ("https://@example.com/", .userInfo),
            ("https://:@example.com/", .userInfo), ("https://8.8.8.8@10.0.0.1/", .userInfo),
            ("https://example.com%40@10.0.0.1/", .userInfo), ("https://example.com:0/", .notAnAbsoluteURL),
            ("https://example.com:65536/", .notAnAbsoluteURL),
            ("https://example.com:99999999999999999999/", .notAnAbsoluteURL), ("https:example.com/", .notAnAbsoluteURL),
            ("https:/example.com/", .notAnAbsoluteURL), ("//example.com/", .notAnAbsoluteURL),
            ("https://10.0.0.1\\@example.com/", .notAnAbsoluteURL), ("gopher://example.com/", .notAnAbsoluteURL),
            ("file:///etc/passwd", .notAnAbsoluteURL), ("http+unix://%2Frun%2Fdocker.sock/", .notAnAbsoluteURL),
            ("ftp://example.com/", .notAnAbsoluteURL), ("/hook", .notAnAbsoluteURL), ("", .notAnAbsoluteURL),
            ("https:///hook", .notAnAbsoluteURL), ("https://example.com\\@10.0.0.1/", .notAnAbsoluteURL),
            ("https://example.com/\n", .notAnAbsoluteURL), (" https://example.com/", .notAnAbsoluteURL),
            ("https://example.com/" + String(repeating: "a", count: 2_048), .tooLong),
        ] {
            #expect(fault(url) == expected, "\(url.prefix(60))")
        }
    }

    @Test func `what the operator allows may have any port, and only that`() throws {
        let local = AddressRules(allowed: try [#require(AddressRange(parsing: "127.0.0.0/8"))])
        #expect(fault("http://127.0.0.1:8080/hook", local) == nil)
        #expect(fault("http://2130706433:8080/hook", local) == nil)
        #expect(fault("http://[::ffff:127.0.0.1]:8080/hook", local) == nil)
        #expect(fault("http://10.0.0.1/", local) == .refusedHost)
        #expect(fault("http://8.8.8.8/", local) == .schemeOrPort)
        // A name is resolved later; then the address decides.
        let named = try CallbackURL(validating: "http://receiver.example:8080/", by: local)
        for (address, isAllowed) in [("127.0.0.2", true), ("8.8.8.8", false), ("10.0.0.1", false)] {
            #expect(named.allows(try #require(IPAddress(parsing: address)), by: local) == isAllowed, "\(address)")
        }
        let secure = try CallbackURL(validating: "https://receiver.example/", by: local)
        for (address, isAllowed) in [("127.0.0.2", true), ("8.8.8.8", true), ("10.0.0.1", false)] {
            #expect(secure.allows(try #require(IPAddress(parsing: address)), by: local) == isAllowed, "\(address)")
        }
    }

    @Test(arguments: [
        ("https://EXAMPLE.com./a?b=%20c", "https://example.com/a?b=%20c", "example.com"),
        ("HTTPS://0x8080808/", "https://8.8.8.8/", "8.8.8.8"),
        ("https://010.8.2056:443/x", "https://8.8.8.8:443/x", "8.8.8.8"),
        ("https://[2606:4700:0:0:0:0:0:1111]", "https://[2606:4700::1111]", "[2606:4700::1111]"),
    ])
    func `the host of the URL is written as it was checked`(text: String, url: String, host: String) throws {
        let callback = try CallbackURL(validating: text, by: rules)
        #expect(callback.url.absoluteString == url)
        #expect(callback.host.description == host)
    }

    @Test func `a local name is taken where the operator allows addresses, and needs one of them`() throws {
        let local = AddressRules(allowed: try [#require(AddressRange(parsing: "127.0.0.0/8"))])
        for text in ["https://localhost/", "http://receiver:8080/", "https://a.internal/"] {
            let url = try CallbackURL(validating: text, by: local)
            #expect(try url.allows(#require(IPAddress(parsing: "127.0.0.1")), by: local), "\(text)")
            #expect(try !url.allows(#require(IPAddress(parsing: "8.8.8.8")), by: local), "\(text)")
        }
    }

    @Test(arguments: ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "a/8", "10.0.0.0/8/8", "10.0.0.0/ 8"])
    func `what is no range is refused`(text: String) { #expect(AddressRange(parsing: text) == nil) }

    @Test func `the edges of a range`() throws {
        let range = try #require(AddressRange(parsing: "172.16.0.0/12"))
        for (address, isIn) in [
            ("172.15.255.255", false), ("172.16.0.0", true), ("172.31.255.255", true), ("172.32.0.0", false),
            ("::ac10:0", false),
        ] {
            #expect(range.contains(try #require(IPAddress(parsing: address))) == isIn, "\(address)")
        }
        #expect(AddressRange(parsing: "0.0.0.0/0")?.contains(try #require(IPAddress(parsing: "9.9.9.9"))) == true)
    }
}
