/// Which addresses a callback may go to: those of the public internet, and what the operator allows.
package struct AddressRules: Sendable, Hashable {
    /// `WEBHOOK_ALLOW_CIDRS`.
    package let allowed: [AddressRange]

    package init(allowed: [AddressRange] = []) { self.allowed = allowed }

    /// IANA's registries of special-purpose addresses (RFC 6890), and multicast.
    private static let special = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23",
        "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    ].compactMap(AddressRange.init(parsing:))

    /// Everything else of version 6 is special.
    private static let globalUnicast = AddressRange(parsing: "2000::/3")

    package func allows(_ address: IPAddress) -> Bool {
        if isListed(address) { return true }
        // One that stands for an IPv4 address is never needed: a receiver has that one too.
        if address.embedded != nil { return false }
        if Self.special.contains(where: { $0.contains(address) }) { return false }
        return address.bytes.count == 4 || Self.globalUnicast?.contains(address) == true
    }

    /// Whether the operator allows it, or the IPv4 address that it stands for.
    package func isListed(_ address: IPAddress) -> Bool {
        [address, address.embedded].compactMap(\.self).contains { address in
            allowed.contains { $0.contains(address) }
        }
    }
}
