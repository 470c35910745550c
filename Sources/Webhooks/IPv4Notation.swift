/// The notations of IPv4 addresses in URLs: one to four parts, each decimal, octal (`0177`) or hexadecimal (`0x7f`), of
/// which the last fills what is left. As in the URL standard (section "IPv4 parser").
enum IPv4Notation {
    /// Whether a host that ends with this label is an address, or is nothing.
    static func isNumber(_ label: Substring) -> Bool {
        !label.isEmpty && label.utf8.allSatisfy(isDigit)
            || hexadecimal(label).map { $0.utf8.allSatisfy(isHexDigit) } ?? false
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

    /// Nil if it is no number, or larger than any address.
    private static func value(_ label: Substring) -> UInt64? {
        // `UInt64` would take a sign, too.
        guard isNumber(label) else { return nil }
        if let digits = hexadecimal(label) { return digits.isEmpty ? 0 : UInt64(digits, radix: 16) }
        return label.hasPrefix("0") ? UInt64(label, radix: 8) : UInt64(label)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }

    /// The digits after `0x`.
    private static func hexadecimal(_ label: Substring) -> Substring? {
        label.hasPrefix("0x") || label.hasPrefix("0X") ? label.dropFirst(2) : nil
    }
}
