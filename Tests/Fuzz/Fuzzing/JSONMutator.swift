import SeededRandom

/// Mutates JSON by its structure: names duplicated, removed, renamed and reordered; values of other types, at and
/// beyond their limits, and nested too deep.
struct JSONMutator: Sendable {
    /// Names with a meaning to some reader or library.
    let names: [[UInt8]]
    private let bytes: ByteMutator

    init(names: [String]) {
        self.names = names.map { Array($0.utf8) }
        bytes = ByteMutator(
            tokens: names.map { Array("\"\($0)\":".utf8) } + EdgeValues.json + EdgeValues.numbers
                + EdgeValues.texts.map { [0x22] + $0 + [0x22] })
    }

    func mutate(_ base: [UInt8], splicing other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        guard base.count < 100_000, !random.oneIn(5), var tree = JSONTree(parsing: base) else {
            return bytes.mutate(base, splicing: other, &random)
        }
        for _ in 0..<(1 + random.smallInt(upTo: 5)) {
            let donor = random.oneIn(8) ? JSONTree(parsing: other) : nil
            tree.change(random.int(in: 0...(tree.count - 1))) { change(&$0, &random, donor) }
        }
        let result = tree.bytes
        return random.oneIn(10)
            ? bytes.mutate(result, splicing: other, &random) : Array(result.prefix(ByteMutator.maxSize))
    }

    private func change(_ value: inout JSONTree, _ random: inout SeededGenerator, _ donor: JSONTree?) {
        switch value {
        case _ where random.oneIn(10): value = donor ?? nested(value, &random)
        case .object(var members) where !members.isEmpty && !random.oneIn(6):
            change(&members, &random)
            value = .object(members)
        case .array(var values) where !values.isEmpty && !random.oneIn(6):
            let position = random.int(in: 0...(values.count - 1))
            switch random.int(in: 0...3) {
            case 0: values.remove(at: position)
            case 1: values.insert(leaf(&random), at: position)
            case 2: values.swapAt(position, random.int(in: 0...(values.count - 1)))
            default: values += Array(repeating: values[position], count: random.smallInt(upTo: 2_000))
            }
            value = .array(values)
        case .leaf(let text) where text.first == UInt8(ascii: "\"") && random.oneIn(2):
            value = .leaf([0x22] + changed(Array(text.dropFirst().dropLast()), &random) + [0x22])
        default: value = leaf(&random)
        }
    }

    private func change(_ members: inout [JSONTree.Member], _ random: inout SeededGenerator) {
        let position = random.int(in: 0...(members.count - 1))
        let name = members[position].name
        switch random.int(in: 0...7) {
        case 0: members.remove(at: position)
        case 1: members.append(members[position])
        case 2: members.insert(.init(name: name, value: leaf(&random)), at: 0)
        case 3: members.append(.init(name: name, value: leaf(&random)))
        case 4: members[position].name = random.element(of: names)
        case 5: members[position].name = random.oneIn(2) ? random.token(of: EdgeValues.texts) : escaped(name)
        case 6: members.append(.init(name: random.element(of: names), value: leaf(&random)))
        default: members.swapAt(position, random.int(in: 0...(members.count - 1)))
        }
    }

    /// The text with an edge value inserted, or an edge value alone.
    private func changed(_ text: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        if random.oneIn(3) { return random.token(of: EdgeValues.texts) }
        var text = text
        if random.oneIn(3), let last = text.indices.last {
            text[random.int(in: 0...last)] = UInt8(random.int(in: 0x20...0x7e))
        } else {
            text.insert(contentsOf: random.token(of: EdgeValues.texts), at: random.int(in: 0...text.count))
        }
        return text
    }

    private func leaf(_ random: inout SeededGenerator) -> JSONTree {
        switch random.int(in: 0...3) {
        case 0: .leaf(random.token(of: EdgeValues.numbers))
        case 1: .leaf([0x22] + random.token(of: EdgeValues.texts) + [0x22])
        case 2: .leaf(Array(String(Int64(truncatingIfNeeded: random.next()) >> Int64(random.int(in: 0...63))).utf8))
        default: .leaf(random.token(of: EdgeValues.json))
        }
    }

    private func nested(_ value: JSONTree, _ random: inout SeededGenerator) -> JSONTree {
        var value = value
        for _ in 0..<random.element(of: [1, 2, 58, 59, 60, 61, 62, 63, 64, 65]) {
            value =
                random.oneIn(2) ? .array([value]) : .object([.init(name: random.element(of: names), value: value)])
        }
        return value
    }

    /// The same name, with its first letter as an escape.
    private func escaped(_ name: [UInt8]) -> [UInt8] {
        guard let first = name.first, first >= 0x20, first < 0x7f else { return name }
        return Array("\\u00\(String(first, radix: 16))".utf8) + name.dropFirst()
    }
}
