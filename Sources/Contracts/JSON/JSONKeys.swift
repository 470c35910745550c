/// The keys of the objects that are open in a body, so that a key that occurs twice in one of them is found.
///
/// RFC 8259 section 4 leaves open what a repeated key means: one reader takes the first value and another the last, so
/// that a gateway and this service could act on different commands.
struct JSONKeys {
    /// A key as written, without the quotation marks. In front of the keys of each object is a mark: where the keys of
    /// the object around it begin.
    private struct Key {
        var start: Int
        var count: Int
        var isEscaped = false

        /// Compares what is written.
        func isEqual(to other: Key, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            guard count == other.count else { return false }
            for offset in 0..<count where bytes[start + offset] != bytes[other.start + offset] { return false }
            return true
        }
    }

    private var keys: [Key] = []
    /// Where the keys of the innermost object begin.
    private var first = 0
    /// Whether any key so far has an escape.
    private var hasEscapes = false

    init() {
        // Most messages have fewer.
        keys.reserveCapacity(16)
    }

    mutating func beginObject() {
        keys.append(Key(start: first, count: 0))
        first = keys.count
    }

    mutating func append(_ range: Range<Int>, isEscaped: Bool) {
        keys.append(Key(start: range.lowerBound, count: range.count, isEscaped: isEscaped))
        if isEscaped { hasEscapes = true }
    }

    mutating func endObject() {
        let mark = keys[first - 1]
        keys.removeLast(keys.count - first + 1)
        first = mark.start
    }

    /// The index of a key that the innermost object has twice; `nil` if there is none.
    func duplicate(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        // Comparing few keys with each other is faster than hashing them. Many would take quadratic time.
        guard keys.count - first <= 16, !hasEscapes else {
            var seen: Set<[UInt8]> = []
            return keys[first...].indices.first { !seen.insert(decoded(keys[$0], in: bytes)).inserted }
        }
        return keys.withUnsafeBufferPointer { keys in
            for index in first..<keys.count {
                for other in first..<index where keys[other].isEqual(to: keys[index], in: bytes) { return index }
            }
            return nil
        }
    }

    /// A key of the innermost object as a JSON pointer, if all keys on the way to it are fields of the contract: others
    /// may be anything, and errors do not quote what came from outside. Otherwise empty.
    func pointer(to index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        var path: [Field] = []
        var index = index
        var first = first
        while true {
            let key = decoded(keys[index], in: bytes)
            guard let field = Field(rawValue: String(decoding: key, as: UTF8.self)) else { return "" }
            path.append(field)
            guard first > 1 else { return MessageError.pointer(path.reversed()) }
            index = first - 2
            first = keys[first - 1].start
        }
    }

    private func decoded(_ key: Key, in bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let written = bytes[key.start..<key.start + key.count]
        return key.isEscaped ? JSONText.bytes(written) : Array(written)
    }
}
