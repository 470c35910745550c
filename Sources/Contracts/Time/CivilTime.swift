/// A time of day without a time zone: `application_starttime` and
/// `application_endtime` (contract section 1).
public struct CivilTime: Hashable, Comparable, Sendable {
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59; there are no leap seconds.
    public let second: Int

    /// The time; `nil` if a clock does not show it.
    public init?(hour: Int, minute: Int, second: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Earlier is less.
    public static func < (a: CivilTime, b: CivilTime) -> Bool {
        a.secondOfDay < b.secondOfDay
    }

    /// 0 to 86,399.
    var secondOfDay: Int { hour * 3600 + minute * 60 + second }

    /// - Parameter secondOfDay: 0 to 86,399.
    init(secondOfDay: Int) {
        self.hour = secondOfDay / 3600
        self.minute = secondOfDay / 60 % 60
        self.second = secondOfDay % 60
    }
}
