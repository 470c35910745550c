public import Foundation

/// An instant in whole milliseconds since 1970: the unit of time in the whole system.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let milliseconds: Int64

    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The current time by the machine's clock.
    public static func now() -> Timestamp {
        Timestamp(date: Date())
    }

    /// - Parameter date: truncated to milliseconds, and limited to ``earliest`` and ``latest``.
    public init(date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded(.down)
        let bounded = min(max(milliseconds, Double(Self.earliest.milliseconds)), Double(Self.latest.milliseconds))
        self.milliseconds = bounded.isNaN ? 0 : Int64(bounded)
    }

    /// The same instant as a `Date`.
    public var date: Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// 0001-01-01T00:00:00Z, the first instant that RFC 3339 can write.
    public static let earliest = Timestamp(milliseconds: -62_135_596_800_000)
    /// 9999-12-31T23:59:59.999Z, the last instant that RFC 3339 can write.
    public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    /// RFC 3339 in UTC, with milliseconds unless they are 0: `2026-11-21T09:30:00Z`, `2026-11-21T09:30:00.250Z`.
    public var description: String {
        String(unsafeUninitializedCapacity: RFC3339.maxLength) { RFC3339.write(self, into: $0) }
    }

    /// The instant after the duration, or before it if negative. The duration is truncated to milliseconds; a sum out
    /// of range becomes the least or the greatest `Int64`.
    public func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (whole, tooLong) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, tooFar) = milliseconds.addingReportingOverflow(whole)
        let (result, overflow) = sum.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        if tooLong || tooFar || overflow {
            return Timestamp(milliseconds: duration < .zero ? .min : .max)
        }
        return Timestamp(milliseconds: result)
    }

    /// The time from `b` to `a`; negative if `a` is earlier.
    public static func - (a: Timestamp, b: Timestamp) -> Duration {
        .milliseconds(a.milliseconds) - .milliseconds(b.milliseconds)
    }

    /// Earlier is less.
    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        a.milliseconds < b.milliseconds
    }
}
