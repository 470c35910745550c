import ApplicationDomain
import Contracts
import WaitlistDomain

/// Runs scenarios, and shrinks those that fail.
struct Explorer {
    var fault: Fault?

    /// What a scenario breaks, if anything.
    func violation(of scenario: Scenario) -> Violation? {
        var world = World(scenario, fault: fault)
        do {
            for step in scenario.steps { try world.take(step) }
            try world.settle()
            try letEverythingLapse(&world, scenario)
            try letItStart(&world)
        } catch {
            return error as? Violation ?? Violation("\(error)")
        }
        return nil
    }

    /// Nobody answers any more: every offer lapses in the end, and what was reserved is open to all.
    private func letEverythingLapse(_ world: inout World, _ scenario: Scenario) throws {
        for _ in 0...scenario.volunteers {
            try world.take(.applicationClock(scenario.window))
            try world.take(.waitlistClock(scenario.window))
            try world.settle()
        }
        let isOver = world.application.status != .open || (world.list.map { world.waitlistNow >= $0.startsAt } ?? true)
        guard isOver || world.application.reserved == 0 else {
            throw Violation("spots stay reserved after every offer has lapsed")
        }
    }

    /// Rule 10: the start comes, on one side after the other; offers and reservations end, and nobody is told anything.
    private func letItStart(_ world: inout World) throws {
        let told = world.witness.tellings.count
        try world.take(.waitlistClock(200_000))
        try world.settle()
        try world.take(.applicationClock(200_000))
        try world.settle()
        guard world.application.reserved == 0, world.application.status != .open else {
            throw Violation("spots stay reserved after the start")
        }
        guard world.witness.tellings.count == told else { throw Violation("the start was told") }
    }

    /// The first scenario that fails.
    func failing(_ seeds: Range<UInt64>) -> Scenario? {
        seeds.lazy.map(Scenario.init(seed:)).first { violation(of: $0) != nil }
    }

    /// Leaves out whatever the failure does not need: long stretches first, then single steps.
    func shrunk(_ scenario: Scenario) -> (scenario: Scenario, violation: Violation?) {
        var smallest = (scenario, violation(of: scenario))
        var tries = 300
        var length = max(1, scenario.steps.count / 2)
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
