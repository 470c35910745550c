import Contracts
import TestSupport
import Testing

@testable import Ledger

/// The clocks by which a file measures ages.
@Suite struct FileTimeTests {
    private static let start = Timestamp.testStart
    private static let day: Duration = .seconds(86_400)
    private static let year: Duration = .seconds(365 * 86_400)

    private var time: FileTime { FileTime(served: Self.start, calendar: Self.start, since: Self.start) }

    @Test(arguments: [.zero, year, .zero - year, .seconds(1)] as [Duration])
    func `the time served advances with the monotonic clock, whatever the wall clock shows`(_ error: Duration) {
        var time = time
        for hour in 1...5 {
            time.advance(by: .seconds(3600), wall: Self.start.advanced(by: .seconds(hour * 3600) + error))
        }
        #expect(time.served == Self.start.advanced(by: .seconds(5 * 3600)))
        #expect(time.since == Self.start)
    }

    @Test func `the calendar is the wall clock, and follows a jump by a day for each hour served`() {
        var time = time
        time.advance(by: .seconds(60), wall: Self.start.advanced(by: .seconds(60)))
        #expect(time.calendar == Self.start.advanced(by: .seconds(60)))
        // Ten years ahead for five seconds.
        time.advance(by: .seconds(5), wall: Self.start.advanced(by: Self.year * 10))
        #expect(time.calendar == Self.start.advanced(by: .seconds(60 + 5 * 24)))
        time.advance(by: .seconds(5), wall: Self.start.advanced(by: .seconds(70)))
        #expect(time.calendar == Self.start.advanced(by: .seconds(70)))
        // Stopped for 30 days.
        for hour in 1...32 {
            time.advance(by: .seconds(3600), wall: Self.start.advanced(by: Self.day * 30 + .seconds(3600 * hour)))
        }
        #expect(time.calendar == Self.start.advanced(by: Self.day * 30 + .seconds(3600 * 32)))
    }

    @Test func `a monotonic clock that stands still advances nothing`() {
        var time = time
        for elapsed in [Duration.zero, .seconds(-9)] { time.advance(by: elapsed, wall: .latest) }
        #expect(time == self.time)
    }

    @Test(
        arguments: [
            (day, day), (.zero - day, .zero), (year * 9, year), (.zero - year * 50, .zero),
        ] as [(Duration, Duration)])
    func `a stamp lies at most a year after the calendar, and never before it`(_ wall: Duration, _ stamp: Duration) {
        #expect(time.plausible(Self.start.advanced(by: wall)) == Self.start.advanced(by: stamp))
    }
}
