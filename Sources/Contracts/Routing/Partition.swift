/// One of the partitions of the system, `p00`, `p01`, … The setting `PARTITIONS` is their number (contract section 3).
public struct Partition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// From 0.
    public let number: Int

    /// - Parameter number: from 0; a negative number becomes 0.
    public init(number: Int) {
        self.number = max(0, number)
    }

    /// Reads a name in the form of ``name``; `nil` for others, such as `p7` and `p007`.
    public init?(name: String) {
        let digits = name.utf8.dropFirst()
        guard name.utf8.first == UInt8(ascii: "p"), (2...4).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(name.dropFirst())
        else { return nil }
        self.number = number
        guard self.name == name else { return nil }
    }

    /// `p` and at least two digits: `p00`, `p07`, `p123`.
    public var name: String {
        number < 10 ? "p0\(number)" : "p\(number)"
    }

    /// The same as ``name``.
    public var description: String { name }

    /// The partition of a key: the application's id in ApplicationService and WaitlistService, the user's id in
    /// NotifierService.
    /// - Parameter count: the number of partitions; less than 1 becomes 1.
    public static func of(_ key: ID, count: Int) -> Partition {
        of(key: key.string, count: count)
    }

    /// FNV-1a-64 of the UTF-8 bytes, modulo the number of partitions (contract section 3).
    /// - Parameter count: the number of partitions; less than 1 becomes 1.
    public static func of(key: String, count: Int) -> Partition {
        var hash = FNV1a()
        hash.combine(key.utf8)
        return Partition(number: Int(hash.value % UInt64(max(1, count))))
    }

    /// Compares numbers.
    public static func < (a: Partition, b: Partition) -> Bool {
        a.number < b.number
    }
}
