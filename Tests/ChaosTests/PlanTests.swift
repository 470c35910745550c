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

    @Test func `the seeds of deploy/test have every kind of fault, and differ in their conditions`() {
        let plans = [7, 33].map { plan($0, seconds: 36) }
        let faults = plans.flatMap(\.faults)
        #expect(Set(Fault.Kind.allCases).subtracting(faults.map(\.kind)) == [])
        #expect(faults.contains { $0.detail.hasPrefix(Fault.workStep) })
        #expect(plans.contains { $0.conditions.partitions > 1 && $0.conditions.isSplit })
        #expect(plans.contains { $0.conditions.offerFactor != nil })
    }

    @Test(arguments: [3, 4, 5] as [UInt64])
    func `no two faults hold the same at once, and some are at work together`(seed: UInt64) {
        let faults = plan(seed, seconds: 300).faults
        var overlaps = 0
        for (index, fault) in faults.enumerated() {
            for other in faults[(index + 1)...] where other.begins < fault.ends {
                overlaps += 1
                #expect(fault.hold != other.hold, "\(fault) and \(other)")
            }
        }
        #expect(overlaps > 20)
    }

    @Test func `in a long run each service lives for a third of it, and none without faults`() {
        let faults = plan(3, seconds: 300).faults
        for service in ServiceName.allCases {
            let ends = faults.filter { $0.service == service && $0.kind.hold == "process" }.map(\.begins)
            let gaps = zip([.zero] + ends, ends + [.seconds(300)]).map { $1 - $0 }
            #expect((gaps.max() ?? .zero) > .seconds(90), "\(service.rawValue)")
            #expect(faults.contains { $0.service == service && $0.kind.hold == "link" })
        }
    }

    @Test func `what is stolen can be mended before the end`() {
        for seed in 1...20 as ClosedRange<UInt64> {
            for steal in plan(seed, seconds: 90).faults where steal.kind == .steal {
                #expect(steal.ends < .seconds(75))
            }
        }
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

    @Test func `where offers go to all, more than a thousand wait for one application`() throws {
        let seed = try #require((1...20).first { Conditions(seed: $0).offerFactor == nil })
        let accepts = plan(UInt64(seed)).lines.filter { $0.command.message?.volunteerID?.string.hasPrefix("c") == true }
        #expect(accepts.count > 1100)
    }
}
