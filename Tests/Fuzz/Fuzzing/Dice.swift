/// SplitMix64: a run is its seed, on every machine and for ever.
package struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func roll(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// True once in so many times.
    package mutating func isOne(in times: Int) -> Bool {
        roll(1...times) == 1
    }

    /// One of them. There must be some.
    package mutating func pick<Elements: RandomAccessCollection>(_ elements: Elements) -> Elements.Element {
        let offset = roll(0...max(0, elements.count - 1))
        return elements[elements.index(elements.startIndex, offsetBy: offset)]
    }

    /// One of these pieces, a long one only now and then: it costs a hundred short ones.
    mutating func piece(of pieces: [[UInt8]]) -> [UInt8] {
        let piece = pick(pieces)
        guard piece.count > 500, !isOne(in: 20) else { return piece }
        return self.piece(of: pieces)
    }

    /// Mostly few, now and then many.
    package mutating func few(upTo most: Int) -> Int {
        let bits = roll(0...12)
        return min(most, roll(0...(1 << bits)))
    }
}
