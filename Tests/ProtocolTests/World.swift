import ApplicationDomain
import Contracts
import Foundation
import WaitlistDomain

/// Both services and the two streams between them, with rows in memory: what their handlers do around the domains,
/// and nothing else.
struct World {
    /// ApplicationService's rows.
    var application: VolunteerApplication
    var members: [ID: Member] = [:]
    var tellings: [Telling] = []
    var applicationNow = World.beginning

    /// WaitlistService's rows.
    var list: Waitlist?
    var listStart = (date: World.date, time: World.time)
    var entries: [Entry] = []
    var rounds: [Int64: OfferRound] = [:]
    var lapses: [Int64: Timestamp] = [:]
    var scans = 0
    var resends: [(round: Int64, cursor: Int64)] = []
    var waitlistNow = World.beginning

    var toWaitlist: [Message] = []
    var toApplication: [Message] = []
    var longestAnswer = 0

    let policy: OfferPolicy
    let page: Int
    let fault: Fault?
    var witness = Witness()

    /// A mass telling and the last volunteer it has looked at.
    struct Telling {
        let telling: Broadcast
        var cursor: String
    }

    /// A row of the list, with the round that asked last.
    struct Entry {
        let sequence: Int64
        let volunteer: ID
        var round: Int64
    }

    static let date = CivilClock.civil(beginning, in: .gmt).0
    static let time = CivilClock.civil(beginning, in: .gmt).1
    /// 2026-11-21T09:00:00Z.
    static let beginning = Timestamp(milliseconds: 1_795_251_600_000)

    init(_ scenario: Scenario, fault: Fault? = nil) {
        policy = OfferPolicy(factor: scenario.factor, window: ISODuration(time: .seconds(scenario.window)))
        page = scenario.page
        self.fault = fault
        let start = CivilClock.civil(Self.instant(scenario.start), in: .gmt)
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: scenario.capacity, description: "",
            name: "Trees", date: start.0, startTime: start.1, endTime: start.1, timeZone: "UTC")
        let allocation = SpotAllocation.create(create, digest: "origin", defaultZone: "UTC", now: Self.beginning)
        application = allocation.application
        finish(allocation)
    }

    static func instant(_ seconds: Int) -> Timestamp {
        beginning.advanced(by: .seconds(seconds))
    }

    static func volunteer(_ number: Int) -> ID {
        .trusted(String(number))
    }

    mutating func take(_ step: Step) throws {
        let before = witness.snapshot(of: self)
        try apply(step)
        try witness.check(self, after: step, before: before)
    }

    /// Fills the list without looking at each step, which takes long with thousands.
    mutating func fill(_ volunteers: ClosedRange<Int>) throws {
        for number in volunteers {
            try apply(.accept(number))
            try apply(.deliverToWaitlist)
            try apply(.deliverToApplication)
        }
        witness.trust(queue: entries.map(\.volunteer))
    }

    private mutating func apply(_ step: Step) throws {
        switch step {
        case .accept(let number): respond(Self.volunteer(number), .accepted)
        case .decline(let number): respond(Self.volunteer(number), .declined)
        case .capacity(let spots): change(.init(applicationID: application.id, availableSpots: spots))
        case .start(let seconds):
            let start = CivilClock.civil(Self.instant(seconds), in: .gmt)
            change(.init(applicationID: application.id, date: start.0, startTime: start.1))
        case .cancel: cancel()
        case .deliverToWaitlist: if !toWaitlist.isEmpty { try receiveAtWaitlist(toWaitlist.removeFirst()) }
        case .deliverToApplication: if !toApplication.isEmpty { receiveAtApplication(toApplication.removeFirst()) }
        case .applicationClock(let seconds): applicationNow = applicationNow.advanced(by: .seconds(seconds))
        case .waitlistClock(let seconds): waitlistNow = waitlistNow.advanced(by: .seconds(seconds))
        case .applicationTimers: finish(SpotAllocation(application, now: applicationNow))
        case .waitlistTimers: fireLapses()
        case .applicationWork: advanceTelling()
        case .waitlistWork:
            advanceScan()
            advanceResend()
        }
    }

    /// Whether nothing moves any more before a clock does.
    var isAtRest: Bool {
        toWaitlist.isEmpty && toApplication.isEmpty && tellings.isEmpty && scans == 0 && resends.isEmpty
            && !lapses.values.contains { $0 <= waitlistNow }
    }

    /// Lets everything that is under way come to its end.
    mutating func settle() throws {
        var turns = 0
        try take(.applicationTimers)
        while !isAtRest {
            for step in [
                Step.deliverToWaitlist, .waitlistTimers, .waitlistWork, .deliverToApplication, .applicationWork,
            ] {
                try take(step)
            }
            turns += 1
            if turns > 300 { throw Violation("the two services never come to rest") }
        }
        try checkAtRest()
    }
}
