/// Which offset from UTC clocks in a time zone have had and will have: what a TZif file says (RFC 9636).
public struct ZoneRules: Hashable, Sendable {
    /// The instants at which the offset changes, in seconds since 1970, ascending: those of the file, and those of
    /// ``recurring`` up to the year 2100, because looking one up is several times as fast as computing it.
    let transitions: [Int64]
    /// The offset in seconds from each of ``transitions`` on.
    let offsets: [Int32]
    /// The offset in seconds before the first of ``transitions``.
    let earliestOffset: Int32
    /// The rule after the last of ``transitions``; `nil` if the last offset stays.
    let recurring: PosixTimeZone?

    /// Offsets are less than a day: `CivilClock` finds a change of clocks by looking a day back and a day ahead.
    static let offsetRange: ClosedRange<Int64> = -86_399...86_399

    private static let lastExpandedYear = 2100

    /// Rules whose last transitions the recurring rule continues.
    init(transitions: [Int64], offsets: [Int32], earliestOffset: Int32, recurring: PosixTimeZone?) {
        var transitions = transitions
        var offsets = offsets
        if let recurring, let last = transitions.last {
            let year = CivilDate(daysSince1970: Int(last.flooredDivision(by: 86_400).quotient)).year
            for change in recurring.changes(in: year...max(year, Self.lastExpandedYear)) where change.instant > last {
                transitions.append(change.instant)
                offsets.append(Int32(change.offset))
            }
        }
        self.transitions = transitions
        self.offsets = offsets
        self.earliestOffset = earliestOffset
        self.recurring = recurring
    }

    /// UTC.
    public static let gmt = ZoneRules(transitions: [], offsets: [], earliestOffset: 0, recurring: nil)

    /// The offset from UTC in seconds, positive to the east.
    public func offset(at instant: Timestamp) -> Int {
        Int(offset(at: instant.milliseconds.flooredDivision(by: 1000).quotient))
    }

    /// The offset from UTC in seconds, positive to the east.
    /// - Parameter seconds: since 1970.
    func offset(at seconds: Int64) -> Int64 {
        if let recurring, seconds >= transitions.last ?? .min { return recurring.offset(at: seconds) }
        let index = transitionsUpTo(seconds)
        return Int64(index == 0 ? earliestOffset : offsets[index - 1])
    }

    /// The number of transitions that are not later.
    private func transitionsUpTo(_ seconds: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
