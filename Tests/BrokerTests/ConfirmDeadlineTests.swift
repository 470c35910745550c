import Broker
import Testing

@Suite struct ConfirmDeadlineTests {
    private let start = ContinuousClock.now

    @Test func `the deadline passes 30 s after the oldest publish`() {
        var deadline = ConfirmDeadline()
        #expect(deadline.passed(oldest: start, at: start + .seconds(29)) == nil)
        #expect(deadline.passed(oldest: start, at: start + .seconds(30)) == .seconds(30))
    }

    @Test func `the time of an alarm does not count`() {
        var deadline = ConfirmDeadline()
        deadline.restart(at: start + .seconds(100))
        #expect(deadline.passed(oldest: start, at: start + .seconds(129)) == nil)
        #expect(deadline.passed(oldest: start, at: start + .seconds(130)) == .seconds(30))
        // What is published later counts from its own time.
        deadline.reset()
        #expect(deadline.passed(oldest: start + .seconds(200), at: start + .seconds(229)) == nil)
    }

    @Test func `without confirms the limit doubles up to 5 min, and a confirm resets it`() {
        var deadline = ConfirmDeadline()
        let late = start + .seconds(3600)
        let limits = (0..<6).map { _ in deadline.passed(oldest: start, at: late) }
        #expect(limits == [30, 60, 120, 240, 300, 300].map { Duration.seconds($0) })
        deadline.reset()
        #expect(deadline.passed(oldest: start, at: late) == .seconds(30))
    }

    @Test func `the window knows its oldest publish, whatever the order of confirms`() {
        var window = ConfirmWindow()
        var outcomes: [ConfirmWindow.Settled] = []
        #expect(window.oldestPublish == nil)
        for index in 0..<3 { window.published(message(UInt64(index), to: "q"), at: start + .seconds(index)) }
        window.settled(tag: 2, multiple: false, confirmed: true, into: &outcomes)
        #expect(window.oldestPublish == start)
        window.settled(tag: 1, multiple: false, confirmed: true, into: &outcomes)
        #expect(window.oldestPublish == start + .seconds(2))
        window.settled(tag: 3, multiple: true, confirmed: true, into: &outcomes)
        #expect(window.oldestPublish == nil)
    }
}
