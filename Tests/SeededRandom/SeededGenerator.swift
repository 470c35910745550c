/// SplitMix64: the same seed gives the same numbers on every machine, so that a run can be repeated from its seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
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

    package mutating func int(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// True with a probability of 1 in `count`.
    package mutating func oneIn(_ count: Int) -> Bool {
        int(in: 1...count) == 1
    }

    /// True with the given probability.
    package mutating func chance(percent: Int) -> Bool {
        int(in: 1...100) <= percent
    }

    /// - Parameter elements: must not be empty.
    package mutating func element<Elements: RandomAccessCollection>(of elements: Elements) -> Elements.Element {
        let offset = int(in: 0...elements.count - 1)
        return elements[elements.index(elements.startIndex, offsetBy: offset)]
    }

    package mutating func milliseconds(in range: ClosedRange<Int>) -> Duration {
        .milliseconds(int(in: range))
    }

    /// From 0 to `max`: mostly small, sometimes large.
    package mutating func smallInt(upTo max: Int) -> Int {
        let bits = int(in: 0...12)
        return min(max, int(in: 0...(1 << bits)))
    }
}
