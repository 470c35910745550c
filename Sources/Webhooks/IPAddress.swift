internal import Foundation

/// An address of IP version 4 or 6.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four or sixteen, in network order.
    package let bytes: [UInt8]

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads an address as a resolver writes it: `192.0.2.7`, `2001:db8::1`.
    package init?(parsing text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = withUnsafeBytes(of: v4) { Array($0) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = withUnsafeBytes(of: v6) { Array($0) }
        } else {
            return nil
        }
    }

    /// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), by NAT64 (RFC 6052), or by 6to4 (RFC 3056).
    package var embedded: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isCompatible = bytes[..<12].allSatisfy { $0 == 0 } && bytes[12..<15].contains { $0 != 0 }
        let isNAT64 = bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if isMapped || isCompatible || isNAT64 { return IPAddress(bytes: bytes[12...]) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return IPAddress(bytes: bytes[2..<6]) }
        return nil
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard bytes.withUnsafeBytes({ inet_ntop(family, $0.baseAddress, &text, socklen_t(text.count)) }) != nil else {
            return "?"
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
