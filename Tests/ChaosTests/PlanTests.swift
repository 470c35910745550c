import ChaosHistory
import Contracts
import Testing

/// A plan is its seed, and deals out every kind of fault.
@Suite struct PlanTests {
    private func plan(_ seed: UInt64, seconds: Int = 60) -> Plan {
        Plan(seed: seed, length: .seconds(seconds), begins: Tale.start)
    }

    @Test func `the same seed gives the same plan, another gives another`() {
        #expect(plan(5).lines.map(\.command) == plan(5).lines.map(\.command))
        #expect(plan(5).faults == plan(5).faults)
        #expect(plan(5).faults != plan(6).faults)
        #expect(plan(5).lines.map(\.command) != plan(6).lines.map(\.command))
    }

    @Test(arguments: [1, 2] as [UInt64]) func `the seeds of deploy/test have every kind of fault`(seed: UInt64) {
        let kinds = Set(plan(seed, seconds: 45).faults.map(\.kind))
        #expect(Set(Fault.Kind.allCases).subtracting(kinds) == [])
    }

    @Test func `no two faults hold the same at once, and some are at work together`() {
        let faults = plan(3, seconds: 300).faults
        var overlaps = 0
        for (index, fault) in faults.enumerated() {
            for other in faults[(index + 1)...] where other.begins < fault.ends {
                overlaps += 1
                #expect(fault.hold != other.hold, "\(fault) and \(other)")
            }
        }
        #expect(overlaps > 20)
    }

    @Test func `all that the world says is said in time, by unique message ids`() {
        let lines = plan(4).lines
        #expect(Set(lines.map(\.command.messageID)).count == lines.count)
        #expect(lines.count > 300)
        #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.at <= $1.at })
        for action in [Action.create, .update, .cancel, .response, .waiting] {
            #expect(lines.contains { $0.command.message?.action == action }, "\(action)")
        }
        #expect(lines.contains { $0.command.message == nil })
    }
}
