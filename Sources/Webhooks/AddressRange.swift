/// A block of addresses in CIDR notation: `10.0.0.0/8`, `fc00::/7`.
package struct AddressRange: Sendable, Hashable {
    private let base: [UInt8]
    private let prefix: Int

    package init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parsing: String(parts[0])),
            parts[1].allSatisfy(\.isNumber), let prefix = Int(parts[1]), prefix <= address.bytes.count * 8
        else { return nil }
        base = address.bytes
        self.prefix = prefix
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.count else { return false }
        for index in base.indices {
            let bits = min(8, max(0, prefix - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            guard base[index] & mask == address.bytes[index] & mask else { return false }
        }
        return true
    }
}
