import Contracts

/// Reduces a history with a violation to a short one with the same violation: only the application concerned, without
/// the volunteers and the commands (and their effects) that the violation does not need. Leaving something out must not
/// cause a new violation: that would be a different problem.
package struct Shrinker {
    /// What can only be removed out as a whole.
    private enum Unit: Hashable {
        /// All commands of a volunteer and all messages to them.
        case person(ID)
        /// A command, a round or a timer, with everything it caused.
        case cause(String)
    }

    private let whole: Excerpt
    private let violation: Violation
    private let application: ID
    /// All violations that concern the application in the whole history.
    private let allViolations: Set<Violation>
    private var removed: Set<Unit> = []

    /// The maximum number of attempts to leave something out.
    private static let maxAttempts = 600

    /// - Returns: `nil` if the violation does not concern one application, or shows only together with others, or if
    ///   something was lost: then the files at rest decide, and nothing can be left out of them.
    package static func shortest(_ history: History, for violation: Violation) -> History? {
        guard let application = violation.application, history.losses.isEmpty else { return nil }
        var shrinker = Shrinker(history, violation, application)
        guard shrinker.allViolations.contains(violation) else { return nil }
        shrinker.shrink()
        return shrinker.candidate(without: shrinker.removed)
    }

    private init(_ history: History, _ violation: Violation, _ application: ID) {
        whole = Excerpt(of: history, application)
        self.violation = violation
        self.application = application
        allViolations = Set(Checker.violations(in: whole.history, about: application))
    }

    private func candidate(without removed: Set<Unit>) -> History {
        var people: Set<ID> = []
        var causes: Set<String> = []
        for unit in removed {
            switch unit {
            case .person(let person): people.insert(person)
            case .cause(let trace): causes.insert(trace)
            }
        }
        return whole.without(people, causes: causes)
    }

    /// Tries to leave out half of the units, then quarters, and so on down to single units, until nothing more can be
    /// removed out.
    private mutating func shrink() {
        var attempts = 0
        let people = whole.people.filter { $0 != violation.volunteer }.map(Unit.person)
        for units in [people, whole.causes.reversed().map(Unit.cause)] {
            var hasShrunk = true
            while hasShrunk {
                hasShrunk = false
                var size = max(1, units.count / 2)
                while true {
                    let rest = units.filter { !removed.contains($0) }
                    for start in stride(from: 0, to: rest.count, by: size) {
                        attempts += 1
                        guard attempts < Self.maxAttempts else { return }
                        let part = removed.union(rest[start..<min(start + size, rest.count)])
                        guard hasSameViolation(candidate(without: part)) else { continue }
                        removed = part
                        hasShrunk = true
                    }
                    if size == 1 { break }
                    size /= 2
                }
            }
        }
    }

    private func hasSameViolation(_ history: History) -> Bool {
        let found = Set(Checker.violations(in: history, about: application))
        return found.contains(violation) && found.isSubset(of: allViolations)
    }
}
