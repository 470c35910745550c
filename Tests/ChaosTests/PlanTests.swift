import ChaosHistory
import Contracts
import Testing

/// The seed determines the plan, which contains every kind of fault.
@Suite struct PlanTests {
    private func plan(_ seed: UInt64, seconds: Int = 60) -> Plan {
        Plan(seed: seed, length: .seconds(seconds), begins: HistoryBuilder.start)
    }

    @Test func `the same seed gives the same plan, another seed another plan`() {
        #expect(plan(5).commands.map(\.command) == plan(5).commands.map(\.command))
        #expect(plan(5).faults == plan(5).faults)
        #expect(plan(5).http.clients == plan(5).http.clients)
        #expect(plan(5).faults != plan(6).faults)
        #expect(plan(5).commands.map(\.command) != plan(6).commands.map(\.command))
    }

    @Test func `the seeds of deploy/test cover every kind of fault that loses no file, in differing conditions`() {
        let plans = [2, 5].map { plan($0, seconds: 36) }
        let faults = plans.flatMap(\.faults)
        let losing: [Fault.Kind] = [.restore, .emptyDisk, .brokerReplacement]
        #expect(Set(Fault.Kind.allCases).subtracting(faults.map(\.kind)) == Set(losing + [.move]))
        #expect(faults.contains { $0.detail.hasPrefix(Fault.workStep) })
        #expect(plans.contains { $0.conditions.partitions > 1 && $0.conditions.isSplit })
        #expect(plans.contains { $0.conditions.offerFactor != nil })
    }

    @Test func `the seeds of deploy/test that lose files restore every service, empty a disk and replace the broker`() {
        let plans = [12, 32].map { plan($0, seconds: 36) }
        let losses = plans.flatMap(\.faults).filter(\.kind.losesData)
        for service in ServiceName.allCases {
            #expect(losses.contains { $0.kind == .restore && $0.service == service }, "\(service.rawValue)")
        }
        for kind in [Fault.Kind.emptyDisk, .brokerReplacement] { #expect(losses.contains { $0.kind == kind }) }
        #expect(losses.contains { $0.service == .application && $0.detail == Fault.firstCopy }, "a clone")
        for plan in plans { #expect(plan.faults.contains { $0.kind == .powerFailure }) }
        #expect(plans.contains { $0.conditions.isSplit } && plans.contains { !$0.conditions.isSplit })
    }

    @Test(arguments: [3, 4, 5] as [UInt64])
    func `two faults never use the same resource at the same time, but some overlap`(seed: UInt64) {
        let faults = plan(seed, seconds: 300).faults
        var overlaps = 0
        for (index, fault) in faults.enumerated() {
            for other in faults[(index + 1)...] where other.begins < fault.ends {
                overlaps += 1
                #expect(fault.resource != other.resource, "\(fault) and \(other)")
            }
        }
        #expect(overlaps > 20)
    }

    @Test func `in a long run each service lives for a third of it, and every service has faults`() {
        let faults = plan(3, seconds: 300).faults
        for service in ServiceName.allCases {
            let ends = faults.filter { $0.service == service && $0.kind.resource == "process" }.map(\.begins)
            let gaps = zip([.zero] + ends, ends + [.seconds(300)]).map { $1 - $0 }
            #expect((gaps.max() ?? .zero) > .seconds(90), "\(service.rawValue)")
            #expect(faults.contains { $0.service == service && $0.kind.resource == "link" })
        }
    }

    @Test func `of processes that share a folder each is killed, stopped and frozen, and no file is touched`() {
        let conditions = Conditions(seed: 3, sharing: 3)
        let faults = Plan(
            seed: 3, length: .seconds(900), begins: HistoryBuilder.start, conditions: conditions
        ).faults
        #expect(!faults.contains { $0.kind.needsOwnFolder })
        for service in ServiceName.allCases {
            for process in 0..<3 {
                let kinds = faults.filter { $0.service == service && $0.process == process }.map(\.kind)
                #expect(Set(kinds).isSuperset(of: [.kill, .end, .freeze]), "\(service.rawValue) \(process)")
            }
        }
        // The others take over what a process had that is frozen for longer.
        #expect(faults.contains { $0.kind == .freeze && $0.lasts > .seconds(10) })
        #expect(conditions.owned(by: 2, of: .waitlist).count == conditions.partitions)
    }

    @Test func `partitions are moved to each process and crash there, while processes are killed and cut off`() {
        let conditions = Conditions(seed: 3, moving: 3)
        #expect(conditions.partitions == 3 && !conditions.isSplit && !conditions.losesData)
        let faults = Plan(
            seed: 3, length: .seconds(1800), begins: HistoryBuilder.start, conditions: conditions
        ).faults
        #expect(!faults.contains { $0.kind.needsOwnPartitions })
        for service in ServiceName.allCases {
            for process in 0..<3 {
                #expect(conditions.owned(by: process, of: service) == [Partition(number: process)])
                let faults = faults.filter { $0.service == service && $0.process == process }
                #expect(Set(faults.map(\.kind)).isSuperset(of: [.kill, .freeze, .halfOpen, .move]))
                #expect(Set(faults.filter { $0.kind == .move }.map(\.detail)) == ["p00", "p01", "p02"])
            }
        }
        #expect(faults.contains { $0.kind == .powerFailure })
        let points = Set(faults.filter { $0.kind == .crash }.map { $0.detail.prefix { $0 != ":" } })
        #expect(Fault.movePoints.allSatisfy { points.contains($0[...]) }, "\(points)")
        // Longer than it takes the broker to give a connection up.
        #expect(faults.contains { $0.kind == .halfOpen && $0.lasts > .seconds(10) })
    }

    @Test func `the load over HTTP has commands with and without keys, replays and other bodies, in order of time`() {
        let http = plan(4).http
        #expect(plan(4).http.clients == http.clients)
        let steps = http.clients.flatMap(\.self)
        for purpose in [HTTPExchange.Purpose.command(hasKey: true), .command(hasKey: false), .replay, .otherBody] {
            #expect(steps.contains { $0.purpose == purpose })
        }
        for steps in http.clients { #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.at <= $1.at }) }
        let commands = steps.filter { $0.purpose != .replay && $0.purpose != .otherBody }.map(\.command)
        #expect(Set(commands.map(\.trace)).count == commands.count)
        #expect(Set(commands.map(\.trace)).isDisjoint(with: plan(4).commands.map(\.command.trace)))
    }

    @Test func `messages are removed early enough to be repaired before the end`() {
        for seed in 1...20 as ClosedRange<UInt64> {
            for steal in plan(seed, seconds: 90).faults where steal.kind == .steal {
                #expect(steal.ends < .seconds(75))
            }
        }
    }

    @Test func `commands are in order of time and have unique message ids`() {
        let commands = plan(4).commands
        #expect(Set(commands.map(\.command.messageID)).count == commands.count)
        #expect(commands.count > 300)
        #expect(zip(commands, commands.dropFirst()).allSatisfy { $0.at <= $1.at })
        for action in [Action.create, .update, .cancel, .response, .waiting] {
            #expect(commands.contains { $0.command.message?.action == action }, "\(action)")
        }
        #expect(commands.contains { $0.command.message == nil })
    }

    @Test func `with offers to all, more than 1,000 volunteers wait for one application`() throws {
        let seed = try #require((1...20).first { Conditions(seed: $0).offerFactor == nil })
        let accepts = plan(UInt64(seed)).commands.filter {
            $0.command.message?.volunteerID?.string.hasPrefix("c") == true
        }
        #expect(accepts.count > 1100)
    }

    @Test func `each command over HTTP is new, also where no command has had a key yet`() {
        for seed in UInt64(77_001)...77_060 {
            let load = HTTPLoad(
                seed: seed, begins: HistoryBuilder.start, length: .seconds(30),
                conditions: Conditions(partitions: 2, isSplit: true))
            for steps in load.clients {
                let commands = steps.filter { if case .command = $0.purpose { true } else { false } }
                #expect(Set(commands.map(\.command.messageID)).count == commands.count, "seed \(seed)")
            }
        }
    }
}
