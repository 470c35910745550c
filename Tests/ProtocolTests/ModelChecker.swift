import ApplicationDomain
import Contracts
import WaitlistDomain

/// Runs test cases, and shrinks those that fail.
struct ModelChecker {
    var mutation: Mutation?

    /// The invariant that a test case breaks; nil if all hold.
    func violation(of testCase: TestCase) -> InvariantViolation? {
        var state = ModelState(testCase, mutation: mutation)
        do {
            for step in testCase.steps { try state.perform(step) }
            try state.runUntilIdle()
            try expireAllOffers(&state, testCase)
            try reachStart(&state)
        } catch {
            return error as? InvariantViolation ?? InvariantViolation("\(error)")
        }
        return nil
    }

    /// Without further responses every offer lapses, and the reserved spots become open to all.
    private func expireAllOffers(_ state: inout ModelState, _ testCase: TestCase) throws {
        for _ in 0...testCase.volunteers {
            try state.perform(.applicationClock(testCase.window))
            try state.perform(.waitlistClock(testCase.window))
            try state.runUntilIdle()
        }
        let isClosed =
            state.application.status != .open || (state.list.map { state.waitlistNow >= $0.startsAt } ?? true)
        guard isClosed || state.application.reserved == 0 else {
            throw InvariantViolation("spots stay reserved after every offer has lapsed")
        }
    }

    /// Rule 10: the start comes, on one side after the other. Offers and reservations end, volunteers are not notified.
    private func reachStart(_ state: inout ModelState) throws {
        let notified = state.observer.notifications.count
        try state.perform(.waitlistClock(200_000))
        try state.runUntilIdle()
        try state.perform(.applicationClock(200_000))
        try state.runUntilIdle()
        guard state.application.reserved == 0, state.application.status != .open else {
            throw InvariantViolation("spots stay reserved after the start")
        }
        guard state.observer.notifications.count == notified else {
            throw InvariantViolation("volunteers were notified of the start")
        }
    }

    /// The first test case that fails.
    func failing(_ seeds: Range<UInt64>) -> TestCase? {
        seeds.lazy.map(TestCase.init(seed:)).first { violation(of: $0) != nil }
    }

    /// Removes the steps that the failure does not need: long ranges first, then single steps.
    func shrunk(_ testCase: TestCase) -> (testCase: TestCase, violation: InvariantViolation?) {
        var smallest = (testCase, violation(of: testCase))
        var tries = 300
        var length = max(1, testCase.steps.count / 2)
        while length >= 1 {
            var index = 0
            var isSmaller = false
            while index < smallest.0.steps.count, tries > 0 {
                tries -= 1
                var candidate = smallest.0
                candidate.steps.removeSubrange(index..<min(index + length, candidate.steps.count))
                if let violation = self.violation(of: candidate) {
                    smallest = (candidate, violation)
                    isSmaller = true
                } else {
                    index += length
                }
            }
            if length == 1, !isSmaller { break }
            length = length == 1 ? 1 : length / 2
        }
        return smallest
    }
}
