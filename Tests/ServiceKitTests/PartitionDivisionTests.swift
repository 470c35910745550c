import Contracts
import SeededRandom
import Testing

@testable import ServiceKit

/// Processes that share a data folder divide the partitions (contract section 3).
@Suite struct PartitionDivisionTests {
    @Test func `partitions that were moved to another folder are not divided`() {
        let elsewhere = Set([1, 2].map { Partition(number: $0) })
        let division = PartitionDivision(
            count: 4, elsewhere: elsewhere,
            processes: [.init(name: "a", owned: [], isChanging: false, takesPart: true)])
        #expect(division.taken(by: "a").map(\.number) == [0, 3])
    }

    /// Processes with the partitions that they own, each deciding for itself.
    private struct Group {
        let count: Int
        var owned: [String: Set<Partition>] = [:]
        /// Partitions that one process gave up and another took.
        var moves = 0
        private var givenUpBy: [Partition: String] = [:]

        init(count: Int) {
            self.count = count
        }

        var isEqual: Bool {
            let sizes = owned.values.map(\.count)
            let all = owned.values.flatMap(\.self)
            return all.count == count && Set(all).count == count && sizes.max()! - sizes.min()! <= 1
        }

        func division(of snapshot: [String: Set<Partition>]) -> PartitionDivision {
            PartitionDivision(
                count: count,
                processes: snapshot.map { .init(name: $0.key, owned: $0.value, isChanging: false, takesPart: true) })
        }

        /// Returns whether anything changed.
        mutating func step(_ name: String, seeing snapshot: [String: Set<Partition>]) -> Bool {
            let division = division(of: snapshot)
            var hasChanged = false
            // The broker refuses what another process has taken since.
            let taken = Set(owned.values.flatMap(\.self))
            let free = division.taken(by: name).filter { !taken.contains($0) }
            for partition in free {
                owned[name]?.insert(partition)
                if let former = givenUpBy.removeValue(forKey: partition), former != name { moves += 1 }
                hasChanged = true
            }
            if let givenUp = division.givenUp(by: name), owned[name]?.remove(givenUp) != nil {
                givenUpBy[givenUp] = name
                hasChanged = true
            }
            return hasChanged
        }

        /// Until nothing changes any more; false if that takes more steps than it may.
        mutating func settle(using random: inout some RandomNumberGenerator) -> Bool {
            for _ in 0..<(4 * count + 4) {
                var hasChanged = false
                for name in owned.keys.sorted().shuffled(using: &random) {
                    if step(name, seeing: owned) { hasChanged = true }
                }
                if !hasChanged { return true }
            }
            return false
        }

        /// The fewest partitions that must leave their process, computed from the sizes alone.
        var neededMoves: Int {
            let share = count / owned.count
            let larger = owned.values.filter { $0.count > share }
            return larger.reduce(0) { $0 + $1.count - share } - min(count % owned.count, larger.count)
        }
    }

    private static let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]

    @Test(arguments: UInt64(0)..<200) func `any sequence of joins, leaves and deaths ends equal, with no move too many`(
        seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        var group = Group(count: Int.random(in: 1...33, using: &random))
        for _ in 0..<20 {
            let absent = Self.names.filter { group.owned[$0] == nil }
            let present = group.owned.keys.sorted()
            if let joins = absent.randomElement(using: &random), present.count < 2 || Bool.random(using: &random) {
                group.owned[joins] = []
            } else if let leaves = present.randomElement(using: &random) {
                group.owned[leaves] = nil
            }
            group.moves = 0
            let needed = group.neededMoves
            let hasSettled = group.settle(using: &random)
            #expect(hasSettled && group.isEqual, "seed \(seed): \(group.owned)")
            #expect(group.moves == needed, "seed \(seed): \(group.owned)")
        }
    }

    @Test(arguments: UInt64(0)..<100) func `processes that see an outdated list become equal too`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var group = Group(count: Int.random(in: 1...16, using: &random))
        for name in Self.names.prefix(Int.random(in: 2...6, using: &random)) { group.owned[name] = [] }
        var history = [group.owned]
        for _ in 0..<400 {
            guard let name = group.owned.keys.sorted().randomElement(using: &random) else { return }
            // Its own partitions a process always knows.
            var seen = history.suffix(4).randomElement(using: &random) ?? group.owned
            seen[name] = group.owned[name]
            _ = group.step(name, seeing: seen)
            history.append(group.owned)
        }
        let hasSettled = group.settle(using: &random)
        #expect(hasSettled && group.isEqual, "seed \(seed): \(group.owned)")
    }

    @Test func `one partition moves at a time, and the highest first`() {
        let eight = Set((0..<8).map { Partition(number: $0) })
        func division(
            aIsChanging: Bool = false, bOwns: Set<Partition> = [], aOwns: Set<Partition>
        ) -> PartitionDivision {
            PartitionDivision(
                count: 8,
                processes: [
                    .init(name: "a", owned: aOwns, isChanging: aIsChanging, takesPart: true),
                    .init(name: "b", owned: bOwns, isChanging: false, takesPart: true),
                ])
        }
        let seven = Partition(number: 7)
        #expect(division(aOwns: eight).givenUp(by: "a") == seven)
        #expect(division(aOwns: eight).taken(by: "b") == [])
        #expect(division(aIsChanging: true, aOwns: eight).givenUp(by: "a") == nil)
        let rest = eight.subtracting([seven])
        #expect(division(aOwns: rest).givenUp(by: "a") == nil)
        #expect(division(aOwns: rest).taken(by: "a") == [])
        #expect(division(aOwns: rest).taken(by: "b") == [seven])
        #expect(division(bOwns: [seven], aOwns: rest).givenUp(by: "a") == Partition(number: 6))
    }

    @Test func `who does not take part keeps its list, or gives everything up`() {
        let owned = Set((0..<4).map { Partition(number: $0) })
        let division = PartitionDivision(
            count: 8,
            processes: [
                .init(name: "listed", owned: owned, isChanging: false, takesPart: false),
                .init(name: "a", owned: [], isChanging: false, takesPart: true),
                .init(name: "b", owned: [], isChanging: false, takesPart: true),
            ])
        #expect(division.taken(by: "listed") == [])
        #expect(division.taken(by: "a").map(\.number) == [4, 6])
        #expect(division.taken(by: "b").map(\.number) == [5, 7])
        #expect(division.givenUp(by: "listed") == Partition(number: 3))
    }

    @Test func `with more processes than partitions, some own nothing`() {
        let processes = Self.names.prefix(3).map { name in
            PartitionDivision.Process(name: name, owned: [], isChanging: false, takesPart: true)
        }
        let division = PartitionDivision(count: 2, processes: processes)
        #expect(["a", "b", "c"].map { division.taken(by: $0).count } == [1, 1, 0])
    }
}
