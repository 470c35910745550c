import Testing
import Webhooks

/// Which addresses are public (contract section 8): IANA's registries of special-purpose addresses, block by block.
@Suite struct AddressRulesTests {
    struct Block: Sendable, CustomTestStringConvertible {
        let first: String
        let last: String
        /// Whether the addresses beside it are public; nil where there is none, or where they are in another block.
        let before: Bool?
        let after: Bool?

        init(_ first: String, _ last: String, before: Bool? = true, after: Bool? = true) {
            self.first = first
            self.last = last
            self.before = before
            self.after = after
        }

        var testDescription: String { "\(first) - \(last)" }
    }

    static let refused = [
        Block("0.0.0.0", "0.255.255.255", before: nil), Block("10.0.0.0", "10.255.255.255"),
        Block("100.64.0.0", "100.127.255.255"), Block("127.0.0.0", "127.255.255.255"),
        Block("169.254.0.0", "169.254.255.255"), Block("172.16.0.0", "172.31.255.255"),
        Block("192.0.0.0", "192.0.0.255"), Block("192.0.2.0", "192.0.2.255"), Block("192.31.196.0", "192.31.196.255"),
        Block("192.52.193.0", "192.52.193.255"), Block("192.88.99.0", "192.88.99.255"),
        Block("192.168.0.0", "192.168.255.255"), Block("192.175.48.0", "192.175.48.255"),
        Block("198.18.0.0", "198.19.255.255"), Block("198.51.100.0", "198.51.100.255"),
        Block("203.0.113.0", "203.0.113.255"), Block("224.0.0.0", "239.255.255.255", after: nil),
        Block("240.0.0.0", "255.255.255.255", before: nil, after: nil),
        // Everything before and after 2000::/3.
        Block("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", before: nil),
        Block("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", after: nil),
        // Protocol assignments, among them Teredo, benchmarking and ORCHIDv2.
        Block("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        Block("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", after: false),
        Block("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", before: false, after: false),
        Block("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        Block("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        Block("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
        Block("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        // Within what is outside 2000::/3.
        Block("::ffff:0:0", "::ffff:ffff:ffff", before: false, after: false),
        Block("64:ff9b::", "64:ff9b::ffff:ffff", before: false, after: false),
        Block("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", before: false, after: false),
        Block("100::", "100::ffff:ffff:ffff:ffff", before: false, after: false),
        Block("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", before: false, after: false),
        Block("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", before: false, after: false),
        Block("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", before: false, after: false),
        Block("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", before: false, after: nil),
    ]

    @Test(arguments: refused) func `a block is refused from its first address to its last`(block: Block) throws {
        let rules = AddressRules()
        let first = try #require(IPAddress(parsing: block.first))
        let last = try #require(IPAddress(parsing: block.last))
        #expect(!rules.allows(first) && !rules.allows(last))
        #expect(try !rules.allows(#require(first.next)) && !rules.allows(#require(last.previous)))
        if let isPublic = block.before { #expect(try rules.allows(#require(first.previous)) == isPublic) }
        if let isPublic = block.after { #expect(try rules.allows(#require(last.next)) == isPublic) }
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "93.184.216.34", "192.0.1.1", "223.255.255.255", "2000::",
        "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450:4001:81b::200e", "3ffe::1",
    ])
    func `other addresses are public`(text: String) throws {
        #expect(try AddressRules().allows(#require(IPAddress(parsing: text))))
    }

    @Test func `what the operator lists is allowed in each of its forms, and nothing else`() throws {
        let rules = AddressRules(
            allowed: try [
                #require(AddressRange(parsing: "10.1.0.0/16")), #require(AddressRange(parsing: "fd00::/8")),
            ])
        for (text, isAllowed) in [
            ("10.1.0.0", true), ("10.1.255.255", true), ("10.0.255.255", false), ("10.2.0.0", false),
            ("::ffff:10.1.2.3", true), ("64:ff9b::10.1.2.3", true), ("2002:a01:203::", true), ("::10.1.2.3", true),
            ("::ffff:10.2.0.0", false), ("fd00::1", true), ("fe00::1", false), ("fc00::1", false), ("::1", false),
        ] {
            let address = try #require(IPAddress(parsing: text))
            #expect(rules.allows(address) == isAllowed && rules.isListed(address) == isAllowed, "\(text)")
        }
    }

    @Test func `addresses are written as the system writes them`() throws {
        for text in ["0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::7", "::ffff:1.2.3.4"] {
            #expect(try #require(IPAddress(parsing: text)).description == text)
        }
        for text in [
            "", "1", "1.2.3", "1.2.3.4 ", "01.2.3.4", "256.1.1.1", "::g", "fe80::1%eth0", "[::1]", "1.2.3.4/8",
        ] {
            #expect(IPAddress(parsing: text) == nil, "\(text)")
        }
        #expect(IPAddress(bytes: []) == nil && IPAddress(bytes: [UInt8](repeating: 0, count: 15)) == nil)
    }
}

extension IPAddress {
    fileprivate var next: IPAddress? { stepped(carry: 0xFF) { $0 &+= 1 } }

    fileprivate var previous: IPAddress? { stepped(carry: 0) { $0 &-= 1 } }

    /// - Parameter carry: the byte that also changes the byte before it.
    private func stepped(carry: UInt8, _ step: (inout UInt8) -> Void) -> IPAddress? {
        var bytes = bytes
        for index in bytes.indices.reversed() {
            let carries = bytes[index] == carry
            step(&bytes[index])
            if !carries { return IPAddress(bytes: bytes) }
        }
        return nil
    }
}
