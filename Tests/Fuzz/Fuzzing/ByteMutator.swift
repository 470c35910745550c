/// Varies bytes without knowing what they mean: flips, cuts, repeats, splices, and pieces that mean something to the
/// reader.
struct ByteMutator: Sendable {
    let pieces: [[UInt8]]

    /// A larger input tells nothing new, and only slows the run.
    static let largest = 1_200_000

    func vary(_ dice: inout Dice, _ base: [UInt8], _ other: [UInt8]) -> [UInt8] {
        var bytes = base
        for _ in 0..<(1 + dice.few(upTo: 6)) { change(&bytes, &dice, other) }
        return bytes.count > Self.largest ? Array(bytes.prefix(Self.largest)) : bytes
    }

    private func change(_ bytes: inout [UInt8], _ dice: inout Dice, _ other: [UInt8]) {
        let position = dice.roll(0...bytes.count)
        let end = min(bytes.count, position + dice.few(upTo: 64))
        switch dice.roll(0...11) {
        case 0 where position < bytes.count: bytes[position] ^= 1 << UInt8(dice.roll(0...7))
        case 1 where position < bytes.count: bytes[position] = UInt8(dice.roll(0...255))
        case 2: bytes.insert(UInt8(dice.roll(0...255)), at: position)
        case 3: bytes.removeSubrange(position..<end)
        case 4: bytes.removeSubrange(position...)
        case 5: bytes.removeSubrange(..<position)
        case 6: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
        case 7:
            let times = dice.few(upTo: 4096)
            guard end > position, times * (end - position) < Self.largest else { return }
            bytes.insert(contentsOf: Array(repeating: bytes[position..<end], count: times).joined(), at: position)
        case 8: bytes = Array(bytes[..<position] + other.dropFirst(dice.roll(0...other.count)))
        case 9 where !pieces.isEmpty: bytes.replaceSubrange(position..<end, with: dice.piece(of: pieces))
        case 10 where position < bytes.count && (0x30...0x39).contains(bytes[position]):
            bytes[position] = UInt8(dice.roll(0x30...0x39))
        default:
            guard !pieces.isEmpty else { return }
            bytes.insert(contentsOf: dice.piece(of: pieces), at: position)
        }
    }
}
