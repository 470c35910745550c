/// Varies JSON by its structure: names doubled, lost, renamed and reordered; values of other types, at and beyond their
/// limits, and deeper than anybody nests.
struct JSONMutator: Sendable {
    /// Names that mean something somewhere.
    let names: [[UInt8]]
    private let bytes: ByteMutator

    init(names: [String]) {
        self.names = names.map { Array($0.utf8) }
        bytes = ByteMutator(
            pieces: names.map { Array("\"\($0)\":".utf8) } + Odd.values + Odd.numbers
                + Odd.texts.map { [0x22] + $0 + [0x22] })
    }

    func vary(_ dice: inout Dice, _ base: [UInt8], _ other: [UInt8]) -> [UInt8] {
        guard base.count < 100_000, !dice.isOne(in: 5), var tree = JSONTree(parsing: base) else {
            return bytes.vary(&dice, base, other)
        }
        for _ in 0..<(1 + dice.few(upTo: 5)) {
            let donor = dice.isOne(in: 8) ? JSONTree(parsing: other) : nil
            tree.change(dice.roll(0...(tree.count - 1))) { change(&$0, &dice, donor) }
        }
        let result = tree.bytes
        return dice.isOne(in: 10) ? bytes.vary(&dice, result, other) : Array(result.prefix(ByteMutator.largest))
    }

    private func change(_ value: inout JSONTree, _ dice: inout Dice, _ donor: JSONTree?) {
        switch value {
        case _ where dice.isOne(in: 10): value = donor ?? wrapped(value, &dice)
        case .object(var members) where !members.isEmpty && !dice.isOne(in: 6):
            change(&members, &dice)
            value = .object(members)
        case .array(var values) where !values.isEmpty && !dice.isOne(in: 6):
            let position = dice.roll(0...(values.count - 1))
            switch dice.roll(0...3) {
            case 0: values.remove(at: position)
            case 1: values.insert(leaf(&dice), at: position)
            case 2: values.swapAt(position, dice.roll(0...(values.count - 1)))
            default: values += Array(repeating: values[position], count: dice.few(upTo: 2_000))
            }
            value = .array(values)
        case .leaf(let text) where text.first == UInt8(ascii: "\"") && dice.isOne(in: 2):
            value = .leaf([0x22] + inside(Array(text.dropFirst().dropLast()), &dice) + [0x22])
        default: value = leaf(&dice)
        }
    }

    private func change(_ members: inout [JSONTree.Member], _ dice: inout Dice) {
        let position = dice.roll(0...(members.count - 1))
        switch dice.roll(0...7) {
        case 0: members.remove(at: position)
        case 1: members.append(members[position])
        case 2: members.insert(.init(name: members[position].name, value: leaf(&dice)), at: 0)
        case 3: members.append(.init(name: members[position].name, value: leaf(&dice)))
        case 4: members[position].name = dice.pick(names)
        case 5: members[position].name = dice.isOne(in: 2) ? dice.piece(of: Odd.texts) : escaped(members[position].name)
        case 6: members.append(.init(name: dice.pick(names), value: leaf(&dice)))
        default: members.swapAt(position, dice.roll(0...(members.count - 1)))
        }
    }

    /// A text with something odd in it, or odd altogether.
    private func inside(_ text: [UInt8], _ dice: inout Dice) -> [UInt8] {
        if dice.isOne(in: 3) { return dice.piece(of: Odd.texts) }
        var text = text
        if dice.isOne(in: 3), let last = text.indices.last {
            text[dice.roll(0...last)] = UInt8(dice.roll(0x20...0x7e))
        } else {
            text.insert(contentsOf: dice.piece(of: Odd.texts), at: dice.roll(0...text.count))
        }
        return text
    }

    private func leaf(_ dice: inout Dice) -> JSONTree {
        switch dice.roll(0...3) {
        case 0: .leaf(dice.piece(of: Odd.numbers))
        case 1: .leaf([0x22] + dice.piece(of: Odd.texts) + [0x22])
        case 2: .leaf(Array(String(Int64(truncatingIfNeeded: dice.next()) >> Int64(dice.roll(0...63))).utf8))
        default: .leaf(dice.piece(of: Odd.values))
        }
    }

    private func wrapped(_ value: JSONTree, _ dice: inout Dice) -> JSONTree {
        var value = value
        for _ in 0..<dice.pick([1, 2, 58, 59, 60, 61, 62, 63, 64, 65]) {
            value = dice.isOne(in: 2) ? .array([value]) : .object([.init(name: dice.pick(names), value: value)])
        }
        return value
    }

    /// The same name, its first letter written as an escape.
    private func escaped(_ name: [UInt8]) -> [UInt8] {
        guard let first = name.first, first >= 0x20, first < 0x7f else { return name }
        return Array("\\u00\(String(first, radix: 16))".utf8) + name.dropFirst()
    }
}
