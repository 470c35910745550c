/// JSON as written: members in order, duplicate names included, strings with their escapes. Leaves are bytes, so that a
/// tree can be written that no encoder would write.
indirect enum JSONTree: Sendable {
    case object([Member])
    case array([JSONTree])
    /// A number, a word, or a string with its quotation marks.
    case leaf([UInt8])

    struct Member: Sendable {
        /// Without quotation marks.
        var name: [UInt8]
        var value: JSONTree
    }

    /// `nil` for bytes that are not JSON, which have no structure to mutate. This is a parser of its own, because the
    /// product's parsers are what is tested.
    init?(parsing bytes: [UInt8]) {
        var rest = bytes[...]
        guard let tree = JSONTree(&rest, depth: 0) else { return nil }
        Self.skipSpace(&rest)
        guard rest.isEmpty else { return nil }
        self = tree
    }

    private init?(_ rest: inout ArraySlice<UInt8>, depth: Int) {
        // Deeper ones are mutated as bytes.
        guard depth < 40 else { return nil }
        Self.skipSpace(&rest)
        switch rest.first {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            rest.removeFirst()
            while !Self.take("}", &rest) {
                Self.skipSpace(&rest)
                guard let name = Self.text(&rest), Self.take(":", &rest),
                    let value = JSONTree(&rest, depth: depth + 1)
                else { return nil }
                members.append(Member(name: Array(name.dropFirst().dropLast()), value: value))
                guard Self.take(",", &rest) || Self.isNext("}", &rest) else { return nil }
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var values: [JSONTree] = []
            rest.removeFirst()
            while !Self.take("]", &rest) {
                guard let value = JSONTree(&rest, depth: depth + 1) else { return nil }
                values.append(value)
                guard Self.take(",", &rest) || Self.isNext("]", &rest) else { return nil }
            }
            self = .array(values)
        case UInt8(ascii: "\""):
            guard let text = Self.text(&rest) else { return nil }
            self = .leaf(text)
        default:
            let word = rest.prefix { !Array(" \n\r\t,:[]{}\"".utf8).contains($0) }
            guard !word.isEmpty else { return nil }
            rest.removeFirst(word.count)
            self = .leaf(Array(word))
        }
    }

    /// The tree as compact JSON.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .leaf(let leaf): bytes += leaf
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                bytes += Array((index > 0 ? ",\"" : "\"").utf8) + member.name + Array("\":".utf8)
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// The number of values in the tree, including this one.
    var count: Int {
        switch self {
        case .leaf: 1
        case .array(let values): values.reduce(1) { $0 + $1.count }
        case .object(let members): members.reduce(1) { $0 + $1.value.count }
        }
    }

    /// Whether an object has two members whose names are written with the same bytes.
    var hasDuplicateNames: Bool {
        switch self {
        case .leaf: false
        case .array(let values): values.contains(where: \.hasDuplicateNames)
        case .object(let members):
            Set(members.map(\.name)).count < members.count || members.contains(where: \.value.hasDuplicateNames)
        }
    }

    /// Changes the value at a position in the order of writing, from 0.
    mutating func change(_ position: Int, _ body: (inout JSONTree) -> Void) {
        var left = position
        change(&left, body)
    }

    private mutating func change(_ left: inout Int, _ body: (inout JSONTree) -> Void) {
        if left == 0 { body(&self) }
        left -= 1
        guard left >= 0 else { return }
        switch self {
        case .leaf: return
        case .array(var values):
            for index in values.indices where left >= 0 { values[index].change(&left, body) }
            self = .array(values)
        case .object(var members):
            for index in members.indices where left >= 0 { members[index].value.change(&left, body) }
            self = .object(members)
        }
    }

    // MARK: - Reading

    private static func text(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        var index = rest.startIndex + 1
        while index < rest.endIndex {
            switch rest[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""):
                defer { rest = rest[(index + 1)...] }
                return Array(rest[...index])
            default: index += 1
            }
        }
        return nil
    }

    private static func take(_ mark: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard isNext(mark, &rest) else { return false }
        rest.removeFirst()
        return true
    }

    private static func isNext(_ mark: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        skipSpace(&rest)
        return rest.first == UInt8(ascii: mark)
    }

    private static func skipSpace(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    }
}
