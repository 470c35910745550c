import Contracts
import Pages
import Testing
import Wording

/// What the fund is told before a change agrees with contract section 5, rules 1, 7, 10 and 11, and section 6.
@Suite struct ChangeEffectTests {
    /// Spots, confirmed, open spots and waiting before the change; spots after it.
    struct SpotChange: Sendable {
        var spots, confirmed, open, waiting, then: Int
        var effects: [ChangeEffect]

        init(_ spots: Int, _ confirmed: Int, _ open: Int, _ waiting: Int, then: Int, _ effects: [ChangeEffect]) {
            (self.spots, self.confirmed, self.open, self.waiting, self.then) = (spots, confirmed, open, waiting, then)
            self.effects = effects
        }
    }

    private let gallery: Gallery

    init() throws { gallery = try Gallery(.en) }

    @Test(arguments: [
        SpotChange(5, 5, 0, 7, then: 8, [.offered(spots: 3, waiting: 7)]),
        SpotChange(5, 5, 0, 2, then: 8, [.offered(spots: 2, waiting: 2), .openToAll(spots: 1, areWaitingTold: false)]),
        SpotChange(5, 5, 0, 0, then: 8, [.openToAll(spots: 3, areWaitingTold: false)]),
        // Two spots are promised already, to the only two who wait.
        SpotChange(5, 3, 0, 2, then: 6, [.openToAll(spots: 1, areWaitingTold: true)]),
        SpotChange(5, 3, 0, 3, then: 6, [.offered(spots: 1, waiting: 3)]),
        // More are confirmed than there are spots, also after the change.
        SpotChange(3, 5, 0, 2, then: 5, [.full(spots: 5)]),
        SpotChange(3, 5, 0, 2, then: 6, [.offered(spots: 1, waiting: 2)]),
        SpotChange(5, 5, 0, 2, then: 3, [.overfull(confirmed: 5, spots: 3)]),
        SpotChange(5, 3, 2, 0, then: 4, [.fewerOpen(spots: 1)]),
        SpotChange(5, 3, 2, 0, then: 3, [.full(spots: 3)]),
        SpotChange(5, 3, 0, 4, then: 4, [.fewerOpen(spots: 0), .fewerPromised(spots: 1)]),
        SpotChange(5, 3, 0, 4, then: 3, [.full(spots: 3), .offersEnd]),
        SpotChange(5, 3, 0, 4, then: 2, [.overfull(confirmed: 3, spots: 2), .offersEnd]),
        SpotChange(5, 3, 2, 0, then: 5, []),
    ])
    func `a change of the spots moves no volunteer, and shares what becomes free`(change: SpotChange) {
        var call = gallery.call
        (call.spots, call.confirmed, call.freeSpots) = (change.spots, change.confirmed, change.open)
        call.waiting = change.waiting
        #expect(effects(of: call) { $0.spots = change.then } == change.effects)
    }

    @Test func `a new name is told, and moves nothing`() {
        #expect(effects(of: gallery.fullCall) { $0.name = "B" } == [.told(confirmed: 5, waiting: 7)])
    }

    @Test func `a new time is told, and moves offers and reminders`() {
        var call = gallery.call
        (call.freeSpots, call.waiting) = (0, 4)
        let effects = effects(of: call) { $0.schedule = gallery.call("1", "x", on: "2027-01-15").schedule }
        #expect(effects == [.told(confirmed: 3, waiting: 4), .offersSentAgain, .remindersMove])
    }

    @Test func `a new end is told, and moves neither offers nor reminders`() {
        let effects = effects(of: gallery.call) { $0.schedule = gallery.call("1", "x", to: "19:00").schedule }
        #expect(effects == [.told(confirmed: 3, waiting: 0)])
    }

    @Test func `a new description is not told`() {
        #expect(effects(of: gallery.call) { $0.details = "" } == [.detailsUntold])
    }

    @Test func `a call that is moved to the past starts at once, and no volunteer is told`() {
        let effects = effects(of: gallery.fullCall) {
            $0.name = "B"
            $0.spots = 8
            $0.schedule = gallery.startedCall.schedule
        }
        #expect(effects == [.startsAtOnce])
    }

    @Test func `a call that has started is open again when it is moved to the future`() {
        let effects = effects(of: gallery.startedCall) {
            $0.schedule = gallery.call("1", "x", on: "2027-01-15").schedule
        }
        #expect(
            effects == [
                .reopens, .offered(spots: 2, waiting: 3), .told(confirmed: 3, waiting: 3), .remindersMove,
            ])
    }

    @Test func `of a call that stays started no volunteer is told`() {
        #expect(effects(of: gallery.startedCall) { $0.name = "B" } == [.staysStarted])
    }

    @Test func `the page says what will happen, and quotes the message`() throws {
        let moved = try #require(gallery.fundEntries.first { $0.name == "fund-review-moved" })
        let document = gallery.document(of: moved)
        #expect(document.contains("A message will be sent to 3 confirmed volunteers and 4 who wait:"))
        #expect(
            document.contains(
                "<blockquote>There is a change: “Giving out warm clothes at the station” is now called “Supper for all”"
            ))
        let spots = try #require(gallery.fundEntries.first { $0.name == "fund-review-more-spots" })
        #expect(gallery.document(of: spots).contains("3 spots will be offered to those who wait (7)."))
    }

    private func effects(of call: Call, _ change: (inout Call) -> Void) -> [ChangeEffect] {
        var changedCall = call
        change(&changedCall)
        let page = ReviewPage(
            call: call, changed: FormValues(["name": "x"]), changedCall: changedCall, key: FormKey("k"))
        return ChangeEffect.effects(of: page, now: Gallery.now)
    }
}
