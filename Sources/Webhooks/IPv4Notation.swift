/// The notations of IPv4 addresses in URLs: one to four parts, each decimal, octal (`0177`) or hexadecimal (`0x7f`), of
/// which the last fills what is left. As in the URL standard (section "IPv4 parser").
enum IPv4Notation {
    /// Whether a host that ends with this label is an address.
    static func isNumber(_ label: Substring) -> Bool {
        if !label.isEmpty, label.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
        return value(label) != nil
    }

    static func address(_ labels: [Substring]) -> IPAddress? {
        guard labels.count <= 4 else { return nil }
        var values: [UInt64] = []
        for label in labels {
            guard let value = value(label) else { return nil }
            values.append(value)
        }
        guard let last = values.last, values.dropLast().allSatisfy({ $0 <= 255 }),
            last < 1 << UInt64(8 * (5 - values.count))
        else { return nil }
        var number = last
        for (index, value) in values.dropLast().enumerated() { number += value << UInt64(8 * (3 - index)) }
        return IPAddress(bytes: (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (3 - $0))) })
    }

    private static func value(_ label: Substring) -> UInt64? {
        guard !label.isEmpty else { return nil }
        let text = label.lowercased()
        if text.hasPrefix("0x") { return text.count == 2 ? 0 : UInt64(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0"), text.count > 1 { return UInt64(text.dropFirst(), radix: 8) }
        return text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
    }
}
