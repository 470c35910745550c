import Contracts
import Foundation
import TestSupport
import Testing

/// Processes of a service that share a data folder divide the partitions (contract sections 3 and 9).
@Suite struct DividedPartitionsTests {
    /// A line of the subcommand `partitions`.
    private struct Line: Decodable {
        let partition: String?
        let process: String?
        let state: String?
        let since: String?
    }

    private func lines(_ service: ServiceProcess) async throws -> [Line] {
        try await service.items("partitions", as: Line.self)
    }

    /// Waits until every partition is served, and the processes have so many of them, in ascending order.
    /// - Returns: the processes by the partitions that they serve.
    @discardableResult
    private func waitForShares(_ sizes: [Int], of service: ServiceProcess) async throws -> [String: String] {
        var found: [Line] = []
        do {
            try await eventually("shares of \(sizes)", poll: .milliseconds(100)) {
                found = try await lines(service)
                let served = found.filter { $0.state == "serving" }
                let shares = Dictionary(grouping: served) { $0.process ?? "" }.values.map(\.count)
                let standbys = found.filter { $0.state == "standby" }.map { _ in 0 }
                return served.count == found.count - standbys.count && (shares + standbys).sorted() == sizes
            }
        } catch {
            Issue.record("\(found)\n\(service.logTail)")
            throw error
        }
        let owners = found.compactMap { line in line.partition.map { ($0, line.process ?? "") } }
        return Dictionary(uniqueKeysWithValues: owners)
    }

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `processes that join, leave and die leave equal shares, and everything takes effect once`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(partitions: 4, services: ServiceProcess.Kind.allCases) { system in
            let first = system.service(kind)
            let shared = ["DATA_DIR": system.data.path]
            try await system.withProcess(kind, folder: "second", settings: shared) { second in
                try await system.withProcess(kind, folder: "third", settings: shared) { third in
                    try await waitForShares([4], of: first)
                    var scenarios = try await system.sendScenarios("joins") {
                        try await second.start()
                        try await waitForShares([2, 2], of: first)
                        try await third.start()
                        try await waitForShares([1, 1, 2], of: first)
                    }
                    for process in [first, second, third] { try await process.waitUntilReady() }
                    scenarios += try await system.sendScenarios("dies") {
                        await first.kill()
                        try await waitForShares([2, 2], of: second)
                        try await first.start()
                        try await waitForShares([1, 1, 2], of: first)
                    }
                    scenarios += try await system.sendScenarios("leaves") {
                        #expect(try await second.stop() == 0)
                        try await waitForShares([2, 2], of: first)
                        #expect(try await third.stop() == 0)
                        try await waitForShares([4], of: first)
                    }
                    for scenario in scenarios { try await scenario.expectOutcome(on: system) }
                    try await system.expectExactlyOnce()
                    for process in [first, second, third] { #expect(process.errorLines == [], "\(process.log)") }
                }
            }
        }
    }

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `a process without a partition is ready, and takes over from one that dies`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            let settings = ["DATA_DIR": system.data.path, "PROCESS_NAME": "standby"]
            try await system.withProcess(kind, folder: "standby", settings: settings) { standby in
                try await standby.start()
                try await standby.waitUntilReady()
                let owners = try await waitForShares([0, 1], of: standby)
                #expect(owners.values.first != "standby")
                let scenario = Scenario.small("handed-over")
                try await scenario.send(0..<5, to: system)
                await system.service(kind).kill()
                try await scenario.send(5..<scenario.commands.count, to: system)
                let successors = try await waitForShares([1], of: standby)
                #expect(Array(successors.values) == ["standby"])
                try await standby.waitUntilReady()
                try await system.service(kind).start()
                try await scenario.expectOutcome(on: system)
                try await system.expectExactlyOnce()
                #expect(try await standby.stop() == 0)
            }
        }
    }

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `a process that is paused loses its partitions, and commits nothing of them when it runs again`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(partitions: 2, services: ServiceProcess.Kind.allCases) { system in
            // The broker notices within seconds that the process is silent.
            let settings = [
                "DATA_DIR": system.data.path, "PROCESS_NAME": "paused", "AMQP_URL": system.url + "?heartbeat=1",
            ]
            try await system.withProcess(kind, folder: "paused", settings: settings) { paused in
                try await paused.start()
                try await waitForShares([1, 1], of: paused)
                let scenarios = (0..<4).map { Scenario.small("paused-\($0)") }
                for scenario in scenarios { try await scenario.send(0..<5, to: system) }
                // Within a transaction it would keep the file until it runs again.
                try await system.quiesce()
                paused.signal(SIGSTOP)
                for scenario in scenarios { try await scenario.send(5..<9, to: system) }
                let first = system.service(kind)
                try await eventually("the other process serves both partitions", poll: .milliseconds(200)) {
                    try await lines(first).filter { $0.state == "serving" && $0.process != "paused" }.count == 2
                }
                for scenario in scenarios { try await scenario.send(9..<scenario.commands.count, to: system) }
                paused.signal(SIGCONT)
                try await eventually("it has noticed", poll: .milliseconds(100)) {
                    paused.log.contains("Another process has the partition")
                }
                try await waitForShares([1, 1], of: first)
                for process in [first, paused] { try await process.waitUntilReady() }
                for scenario in scenarios { try await scenario.expectOutcome(on: system) }
                try await system.expectExactlyOnce()
                #expect(try await paused.stop() == 0)
                #expect(first.errorLines == [] && paused.errorLines == [], "\(paused.log)")
            }
        }
    }

    @Test func `a process that cannot reach the broker takes nothing from those that can`() async throws {
        try await TestSystem.run(partitions: 2, services: [.waitlist]) { system in
            let settings = ["DATA_DIR": system.data.path, "AMQP_URL": "amqp://127.0.0.1:1/"]
            try await system.withProcess(.waitlist, folder: "cut-off", settings: settings) { cutOff in
                try await cutOff.start()
                try await eventually("it is listed") { try await lines(system.waitlist).count == 3 }
                #expect(try await cutOff.get("readyz").status == 503)
                try await waitForShares([0, 2], of: system.waitlist)
                #expect(try await cutOff.stop() == 0)
            }
        }
    }

    @Test func `two processes cannot have the same name, or different numbers of partitions`() async throws {
        try await TestSystem.run(services: []) { system in
            let named = ["DATA_DIR": system.data.path, "PROCESS_NAME": "anna"]
            try await system.waitlist.start(named)
            try await system.waitlist.waitUntilReady()
            try await system.withProcess(.waitlist, folder: "second", settings: named) { second in
                try await second.start()
                #expect(try await second.waitForExit() == 69)
                #expect(second.errorLines.count == 1 && second.errorLines[0].contains("anna"), "\(second.log)")
                try await second.start(["PROCESS_NAME": "berta", "PARTITIONS": "2"])
                #expect(try await second.waitForExit() == 64)
                let line = second.errorLines.last
                #expect(line?.contains("anna") == true && line?.contains("PARTITIONS=1") == true, "\(second.log)")
            }
            #expect(await system.waitlist.isReady)
        }
    }

    @Test func `the subcommand lists the partitions of a list too, and those that are not served`() async throws {
        try await TestSystem.run(partitions: 4, services: []) { system in
            let settings = ["OWNED_PARTITIONS": "1/3", "PROCESS_NAME": "anna"]
            try await system.notifier.start(settings)
            try await system.notifier.waitUntilReady()
            let all = try await waitForLines(4, of: system.notifier)
            #expect(all.map(\.process) == [nil, "anna", nil, nil])
            #expect(all.map(\.state) == [nil, "serving", nil, nil])
            #expect(all[1].partition == "notifier.p01" && all[1].since?.hasSuffix("Z") == true)
            let text = try await system.notifier.run("partitions")
            #expect(text.exitCode == 0 && text.lines[0] == "notifier.p00\t-\t-\t-", "\(text)")
            #expect(try await system.notifier.stop() == 0)
            #expect(try await lines(system.notifier).allSatisfy { $0.process == nil })
        }
    }

    private func waitForLines(_ count: Int, of service: ServiceProcess) async throws -> [Line] {
        var found: [Line] = []
        try await eventually("a partition is served") {
            found = try await lines(service)
            return found.count == count && found.contains { $0.state == "serving" }
        }
        return found
    }
}
