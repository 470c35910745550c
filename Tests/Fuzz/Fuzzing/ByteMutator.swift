import SeededRandom

/// Mutates bytes without knowledge of their meaning: flips, cuts, repetitions, splices, and tokens that mean something
/// to the reader.
struct ByteMutator: Sendable {
    let tokens: [[UInt8]]

    /// Larger inputs find nothing new and slow the run.
    static let maxSize = 1_200_000

    func mutate(_ base: [UInt8], splicing other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = base
        for _ in 0..<(1 + random.smallInt(upTo: 6)) { change(&bytes, &random, other) }
        return bytes.count > Self.maxSize ? Array(bytes.prefix(Self.maxSize)) : bytes
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SeededGenerator, _ other: [UInt8]) {
        let position = random.int(in: 0...bytes.count)
        let end = min(bytes.count, position + random.smallInt(upTo: 64))
        switch random.int(in: 0...11) {
        case 0 where position < bytes.count: bytes[position] ^= 1 << UInt8(random.int(in: 0...7))
        case 1 where position < bytes.count: bytes[position] = UInt8(random.int(in: 0...255))
        case 2: bytes.insert(UInt8(random.int(in: 0...255)), at: position)
        case 3: bytes.removeSubrange(position..<end)
        case 4: bytes.removeSubrange(position...)
        case 5: bytes.removeSubrange(..<position)
        case 6: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
        case 7:
            let times = random.smallInt(upTo: 4096)
            guard end > position, times * (end - position) < Self.maxSize else { return }
            bytes.insert(contentsOf: Array(repeating: bytes[position..<end], count: times).joined(), at: position)
        case 8: bytes = Array(bytes[..<position] + other.dropFirst(random.int(in: 0...other.count)))
        case 9 where !tokens.isEmpty: bytes.replaceSubrange(position..<end, with: random.token(of: tokens))
        case 10 where position < bytes.count && (0x30...0x39).contains(bytes[position]):
            bytes[position] = UInt8(random.int(in: 0x30...0x39))
        default:
            guard !tokens.isEmpty else { return }
            bytes.insert(contentsOf: random.token(of: tokens), at: position)
        }
    }
}

extension SeededGenerator {
    /// One of the tokens. A long one is rare, because it costs as much as a hundred short ones.
    mutating func token(of tokens: [[UInt8]]) -> [UInt8] {
        let token = element(of: tokens)
        guard token.count > 500, !oneIn(20) else { return token }
        return self.token(of: tokens)
    }
}
