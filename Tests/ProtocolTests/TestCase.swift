import SeededRandom
import WaitlistDomain

/// The configuration and steps of a run. A random one follows entirely from its seed.
struct TestCase: Sendable, CustomStringConvertible {
    var seed: UInt64
    var volunteers: Int
    var capacity: Int
    /// The start of the application, in seconds after the beginning of the run.
    var start: Int
    var factor: OfferPolicy.Factor
    /// How long an offer is valid, in seconds.
    var window: Int
    /// The number of volunteers that one job step reads, on both sides.
    var page: Int
    /// Whether ApplicationService stores WaitlistService's messages, as it does when there are many at once, instead of
    /// applying them on arrival.
    var storesAnswers: Bool
    var steps: [Step]

    /// A run with a list longer than any random run has.
    init(volunteers: Int, factor: OfferPolicy.Factor, steps: [Step]) {
        seed = 0
        self.volunteers = volunteers
        capacity = 1
        start = 100_000
        self.factor = factor
        window = 10
        page = WaitlistDecision.pageLimit
        storesAnswers = true
        self.steps = steps
    }

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        volunteers = random.int(in: 2...7)
        capacity = random.int(in: 1...3)
        start = random.int(in: 0...3) == 0 ? random.int(in: 10...60) : 100_000
        factor = [.all, .all, .perSpot(1), .perSpot(2)][random.int(in: 0...3)]
        window = random.int(in: 5...20)
        page = [1, 2, 3, 1000][random.int(in: 0...3)]
        let changes = random.int(in: 0...2) == 0
        let calm = random.int(in: 0...1) == 0
        storesAnswers = random.int(in: 0...1) == 0
        steps = []
        for _ in 0..<random.int(in: 6...60) {
            steps += Self.steps(&random, volunteers: volunteers, window: window, changes: changes, calm: calm)
        }
    }

    private static func steps(
        _ random: inout SeededGenerator, volunteers: Int, window: Int, changes: Bool, calm: Bool
    ) -> [Step] {
        switch random.int(in: 0...99) {
        case 0..<22: return [.accept(random.int(in: 1...volunteers))]
        case 22..<32: return [.decline(random.int(in: 1...volunteers))]
        case 32..<35:
            return changes ? [.start(at: random.int(in: 0...120))] : [.decline(random.int(in: 1...volunteers))]
        case 35..<40: return [.capacity(random.int(in: 1...4))]
        case 40: return changes && random.int(in: 0...3) == 0 ? [.cancel] : [.accept(random.int(in: 1...volunteers))]
        case 41..<54: return [.deliverToWaitlist]
        case 54..<66: return [.deliverToApplication]
        case 66..<69: return [.applicationClock(random.int(in: 1...(calm ? 3 : 15)))]
        case 69..<72: return [.waitlistClock(random.int(in: 1...(calm ? 3 : 15)))]
        case 72..<75: return [.applicationTimers]
        case 75..<79: return [.waitlistTimers]
        case 79: return [.applicationWork]
        case 80..<82: return [.applicationAnswer]
        case 82..<90: return [.waitlistWork]
        // Combinations that single random steps rarely produce: every message arrives; offers lapse while a volunteer
        // accepts; two volunteers leave at once.
        case 93:
            // A clock is ahead of every start for a moment.
            let jump = 150_000
            return random.int(in: 0...1) == 0
                ? [.applicationClock(jump), .applicationTimers, .applicationClock(-jump), .applicationTimers]
                : [.waitlistClock(jump), .waitlistTimers, .waitlistClock(-jump)]
        case 90..<93:
            return Array(repeating: [.deliverToWaitlist, .waitlistWork, .deliverToApplication], count: 6).flatMap(
                \.self)
        case 94..<97:
            let accept = Step.accept(random.int(in: 1...volunteers))
            return [.waitlistClock(window), .waitlistTimers, accept, .deliverToWaitlist, .deliverToWaitlist]
        default:
            let declines = [Step.decline(random.int(in: 1...volunteers)), .decline(random.int(in: 1...volunteers))]
            return declines + Array(repeating: .deliverToWaitlist, count: 4)
        }
    }

    var description: String {
        """
        seed \(seed): \(volunteers) volunteers, capacity \(capacity), start at \(start) s, offers \(factor), \
        window \(window) s, page \(page), \(storesAnswers ? "stored answers" : "answers applied on arrival")
        \(steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n"))
        """
    }
}
