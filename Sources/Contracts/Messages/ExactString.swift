/// A name or a key from outside: equal to another only if the bytes are. A `String` would treat the normal forms of `é`
/// as equal, and so take two callers for one.
public struct ExactString: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The same text, whose equality is Unicode's.
    public let string: String

    /// Any text.
    public init(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        self.string = string
    }

    /// Any text.
    public init(stringLiteral: String) {
        self.init(stringLiteral)
    }

    /// The same as ``string``.
    public var description: String { string }

    /// Compares bytes.
    public static func == (a: ExactString, b: ExactString) -> Bool {
        a.withBytes { a in b.withBytes { b in a.count == b.count && a.elementsEqual(b) } }
    }

    /// Compares bytes, as unsigned numbers.
    public static func < (a: ExactString, b: ExactString) -> Bool {
        a.withBytes { a in b.withBytes { b in a.lexicographicallyPrecedes(b) } }
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xff))
    }

    /// Every initializer makes the storage contiguous, so the fallback, which copies, never runs.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        string.utf8.withContiguousStorageIfAvailable(body) ?? Array(string.utf8).withUnsafeBufferPointer(body)
    }
}
