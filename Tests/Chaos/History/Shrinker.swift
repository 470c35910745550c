import Contracts

/// Makes of a history with a flaw the shortest that has the same: of the application concerned alone, without the
/// people and the commands, with all that came of them, that the flaw does not need. Whatever is left out leaves no
/// new flaw behind, or the story would be another one.
package struct Shrinker {
    /// What is left out as a whole.
    private enum Unit: Hashable {
        /// All that a volunteer said and heard.
        case person(ID)
        /// A command, a round or a timer, with all that it caused.
        case cause(String)
    }

    private let whole: Excerpt
    private let objection: Objection
    private let application: ID
    /// All that is held against the application in the whole history.
    private let flaws: Set<Objection>
    private var left: Set<Unit> = []

    /// Beyond so many tries it is short enough.
    private static let mostTries = 600

    /// - Returns: nil where the flaw is none of one application's, or shows only beside the others.
    package static func shortest(_ history: History, for objection: Objection) -> History? {
        guard let application = objection.application else { return nil }
        var shrinker = Shrinker(history, objection, application)
        guard shrinker.flaws.contains(objection) else { return nil }
        shrinker.shrink()
        return shrinker.candidate(without: shrinker.left)
    }

    private init(_ history: History, _ objection: Objection, _ application: ID) {
        whole = Excerpt(of: history, application)
        self.objection = objection
        self.application = application
        flaws = Set(Checker.objections(to: whole.history, about: application))
    }

    private func candidate(without left: Set<Unit>) -> History {
        var people: Set<ID> = []
        var causes: Set<String> = []
        for unit in left {
            switch unit {
            case .person(let person): people.insert(person)
            case .cause(let trace): causes.insert(trace)
            }
        }
        return whole.without(people, causes: causes)
    }

    /// Half of what may go, a quarter, and so on down to each alone, until nothing more can go.
    private mutating func shrink() {
        var tries = 0
        let people = whole.people.filter { $0 != objection.volunteer }.map(Unit.person)
        for units in [people, whole.causes.reversed().map(Unit.cause)] {
            var hasShrunk = true
            while hasShrunk {
                hasShrunk = false
                var size = max(1, units.count / 2)
                while true {
                    let rest = units.filter { !left.contains($0) }
                    for start in stride(from: 0, to: rest.count, by: size) {
                        tries += 1
                        guard tries < Self.mostTries else { return }
                        let part = left.union(rest[start..<min(start + size, rest.count)])
                        guard isSameFlaw(candidate(without: part)) else { continue }
                        left = part
                        hasShrunk = true
                    }
                    if size == 1 { break }
                    size /= 2
                }
            }
        }
    }

    private func isSameFlaw(_ history: History) -> Bool {
        let found = Set(Checker.objections(to: history, about: application))
        return found.contains(objection) && found.isSubset(of: flaws)
    }
}
