import ApplicationDomain
import Contracts
import Foundation
import WaitlistDomain

/// Both services and the two streams between them, with rows in memory. It does exactly what the services' handlers do
/// around their domains.
struct ModelState {
    /// ApplicationService's rows.
    var application: VolunteerApplication
    var members: [ID: Member] = [:]
    var broadcastJobs: [BroadcastJob] = []
    /// WaitlistService's messages that are stored, and applied by a job.
    var storedAnswers: [NotifyFreeSpot] = []
    var applicationNow = ModelState.beginning

    /// WaitlistService's rows.
    var list: Waitlist?
    var listSchedule = (date: ModelState.date, time: ModelState.time)
    var entries: [Entry] = []
    var rounds: [Int64: OfferRound] = [:]
    var lapses: [Int64: Timestamp] = [:]
    var scans = 0
    var resends: [(round: Int64, cursor: Int64)] = []
    var waitlistNow = ModelState.beginning

    var toWaitlist: [Message] = []
    var toApplication: [Message] = []
    var longestAnswer = 0

    let policy: OfferPolicy
    let page: Int
    let storesAnswers: Bool
    let mutation: Mutation?
    var observer = Observer()

    /// A broadcast and the last volunteer it has reached.
    struct BroadcastJob {
        let broadcast: Broadcast
        var cursor: String
    }

    /// A row of the list, with the number of the last round that asked the volunteer.
    struct Entry {
        let sequence: Int64
        let volunteer: ID
        var round: Int64
    }

    static let date = CivilClock.civil(beginning, in: .gmt).0
    static let time = CivilClock.civil(beginning, in: .gmt).1
    /// 2026-11-21T09:00:00Z.
    static let beginning = Timestamp(milliseconds: 1_795_251_600_000)

    init(_ testCase: TestCase, mutation: Mutation? = nil) {
        policy = OfferPolicy(factor: testCase.factor, window: ISODuration(time: .seconds(testCase.window)))
        page = testCase.page
        storesAnswers = testCase.storesAnswers
        self.mutation = mutation
        let start = CivilClock.civil(Self.instant(testCase.start), in: .gmt)
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: testCase.capacity, description: "",
            name: "Trees", date: start.0, startTime: start.1, endTime: start.1, timeZone: "UTC")
        let allocation = SpotAllocation.create(create, digest: "origin", defaultZone: "UTC", now: Self.beginning)
        application = allocation.application
        finish(allocation)
    }

    /// Of ApplicationService's stream to WaitlistService.
    static let epoch: Int64 = 1

    static func instant(_ seconds: Int) -> Timestamp {
        beginning.advanced(by: .seconds(seconds))
    }

    static func volunteer(_ number: Int) -> ID {
        .trusted(String(number))
    }

    mutating func perform(_ step: Step) throws {
        let before = observer.snapshot(of: self)
        try apply(step)
        try observer.check(self, after: step, before: before)
    }

    /// Fills the list without checking each step, which would take long with thousands of volunteers.
    mutating func fillList(_ volunteers: ClosedRange<Int>) throws {
        for number in volunteers {
            try apply(.accept(number))
            try apply(.deliverToWaitlist)
            try apply(.deliverToApplication)
        }
        observer.adopt(queue: entries.map(\.volunteer))
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
        case .waitlistClock(let seconds):
            waitlistNow = waitlistNow.advanced(by: .seconds(seconds))
            if seconds < 0 { resumeList() }
        case .applicationTimers: finish(SpotAllocation(application, now: latched(applicationNow)))
        case .waitlistTimers: fireLapses()
        case .applicationWork: runBroadcastStep()
        case .applicationAnswer: runAnswerStep()
        case .waitlistWork:
            runScanStep()
            runResendStep()
        }
    }

    /// Whether nothing happens until a clock advances.
    var isIdle: Bool {
        toWaitlist.isEmpty && toApplication.isEmpty && storedAnswers.isEmpty && broadcastJobs.isEmpty && scans == 0
            && resends.isEmpty && !lapses.values.contains { $0 <= waitlistNow }
    }

    /// Delivers all messages and finishes all jobs.
    mutating func runUntilIdle() throws {
        var iterations = 0
        try perform(.applicationTimers)
        while !isIdle {
            for step in [
                Step.deliverToWaitlist, .waitlistTimers, .waitlistWork, .deliverToApplication, .applicationAnswer,
                .applicationWork,
            ] {
                try perform(step)
            }
            iterations += 1
            if iterations > 300 { throw InvariantViolation("the two services never become idle") }
        }
        try checkIdle()
    }
}
