import Broker
import BrokerTesting
import Contracts
import Logging
import TestSupport
import Testing

@testable import ApplicationService

/// ApplicationService asks WaitlistService for positions by request and reply (contract section 3).
@Suite struct WaitlistClientTests {
    private let queue = "waitlist.p00.requests"

    @Test func `positions are returned, and change when a volunteer leaves`() async throws {
        try await TestSystem.run(partitions: 2) { system in
            // One application in each partition.
            for id in ["application_id123", 456] as [ID] {
                try await system.fillApplication(id, confirmed: 1...2, waiting: 3...12)
                let partition = Partition.of(id, count: 2)
                try await system.withClient { client in
                    let all = volunteers(1...12).shuffled()
                    #expect(await client.positions(about: all, in: id, partition: partition) == positions(3...12))
                    #expect(await client.positions(about: [7, 7, 99], in: id, partition: partition) == [7: 5])
                    #expect(await client.positions(about: [], in: id, partition: partition) == [:])
                    #expect(await client.positions(about: all, in: "unknown", partition: partition) == [:])

                    try await system.send([.declined(3, id), .declined(8, id)])
                    let rest = Array(4...7) + Array(9...12)
                    try await eventually("those behind have moved up") {
                        await client.positions(about: all, in: id, partition: partition) == positions(rest)
                    }

                    try await system.cancel(id)
                    try await eventually("a cancelled list is empty") {
                        await client.positions(about: all, in: id, partition: partition) == [:]
                    }
                }
            }
        }
    }

    @Test func `positions in a long list, more than one request can name, for many callers at once`() async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...2_501)
            try await system.withClient { client in
                // Only the differences are compared: whole dictionaries would be too long to print.
                let expected = positions(2...2_501)
                let all = await client.positions(about: volunteers(1...2_501).reversed(), in: 456)
                #expect(all?.count == 2_500)
                #expect(all?.filter { $0.value != expected[$0.key] } == [:])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<20 {
                        let page = volunteers((number * 100 + 2)...(number * 100 + 101))
                        group.addTask {
                            let some = await client.positions(about: page, in: 456)
                            #expect(some?.count == 100)
                            #expect(some?.filter { $0.value != expected[$0.key] } == [:])
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `unreadable and unauthorised requests are rejected with a reason`() async throws {
        let good = RequestReplyMessage.askWaitlistPositions(
            WaitlistPositionsRequest(applicationID: 456, volunteerIDs: [1]))
        let tooMany = WaitlistPositionsRequest(applicationID: 456, volunteerIDs: volunteers(1...1_001))
        let bodies: [(body: [UInt8], reason: String)] = [
            ([], "the body is empty"), (Array("?".utf8), "the body is not JSON"),
            (Array(#"{"action":"volunteer_response","data":{}}"#.utf8), "/action: "),
            (RequestReplyMessage.askWaitlistPositions(tooMany).encoded(), "/data/volunteer_ids: "),
            (RequestReplyMessage.waitlistPositions(WaitlistPositionsReply(positions: [])).encoded(), "this is a reply"),
            ([UInt8](repeating: UInt8(ascii: "{"), count: Limits.maxMessageBytes + 1), "larger than"),
        ]
        try await TestSystem.run { system in
            try await system.create(456, spots: 1)
            try await system.withRequester { requester in
                for (body, reason) in bodies {
                    let rejected = try await requester.rejection(of: body, from: "guest", at: queue)
                    #expect(rejected?.hasPrefix(reason) == true, "\(rejected ?? "nothing")")
                }
                let untrusted = try await requester.rejection(of: good.encoded(), from: nil, at: queue)
                #expect(untrusted?.contains("TRUSTED_AMQP_USERS") == true)
                // A valid request is still answered.
                #expect(try await requester.rejection(of: good.encoded(), from: "guest", at: queue) == nil)
            }
        }
    }

    @Test(.timeLimit(.minutes(20)))
    func `while WaitlistService is down requests fail early, and it answers again after a restart`() async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...4)
            try await system.withClient { client in
                #expect(await client.positions(about: volunteers(1...4), in: 456) == positions(2...4))
                await system.waitlist.kill()
                try await eventually("a request fails") {
                    await client.positions(about: [2], in: 456, timeout: .seconds(30)) == nil
                }
                // The request fails long before its timeout of an hour.
                #expect(await client.positions(about: [2], in: 456, timeout: .seconds(3_600)) == nil)
                try await system.waitlist.start()
                try await eventually("it answers again") {
                    await client.positions(about: volunteers(1...4), in: 456) == positions(2...4)
                }
                // After a clean stop, too, its request queue is gone.
                #expect(try await system.waitlist.stop() == 0)
                #expect(await client.positions(about: [2], in: 456) == nil)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a request queue held by another connection disturbs nothing, and is taken over when it is free`(
        isExclusive: Bool
    ) async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...4)
            #expect(try await system.waitlist.stop() == 0)
            try await system.brokerClient.perform { [queue] session in
                try session.declare([
                    .queue(
                        name: queue, durable: !isExclusive, exclusive: isExclusive, autoDelete: false, arguments: [:])
                ])
            }
            try await system.waitlist.start()
            try await eventually("it has found the queue in use") {
                system.waitlist.log.contains("Queue is held exclusively by another consumer")
            }
            #expect(await !system.waitlist.isReady)
            try await system.accept(5, 456)
            try await system.waitUntil("it continues with its other work") {
                system.statusRecords(5, .waiting, about: 456).count == 1
            }
            try await system.brokerClient.perform { [queue] session in try session.deleteQueue(queue) }
            try await system.withClient { client in
                try await eventually("it answers") {
                    await client.positions(about: volunteers(1...5), in: 456) == positions(2...5)
                }
            }
            try await system.waitlist.waitUntilReady()
        }
    }
}

/// The positions of volunteers who wait in the order of their numbers.
private func positions(_ numbers: some Collection<Int>) -> [ID: Int] {
    Dictionary(uniqueKeysWithValues: numbers.enumerated().map { (ID($1), $0 + 1) })
}

extension WaitlistClient {
    fileprivate func positions(
        about volunteers: [ID], in application: ID, partition: Partition = Partition(number: 0),
        timeout: Duration = testTimeout
    ) async -> [ID: Int]? {
        await positions(of: volunteers, in: application, partition: partition, timeout: timeout)
    }
}

extension Requester {
    /// The reason for which a request is rejected; nil if it is answered.
    fileprivate func rejection(of body: [UInt8], from user: String?, at queue: String) async throws -> String? {
        let reply = try await request(
            body, to: queue, properties: MessageProperties(userID: user), timeout: testTimeout)
        let answer = try RequestReplyMessage(parsing: reply.body)
        #expect(reply.properties.type == answer.action.rawValue && reply.properties.appID == "waitlist.p00")
        guard case .refused(let refused) = answer else { return nil }
        return refused.reason
    }
}

extension TestSystem {
    /// Runs ApplicationService's client, connected.
    fileprivate func withClient(_ body: (WaitlistClient) async throws -> Void) async throws {
        let client = WaitlistClient(endpoint: try BrokerEndpoint(url: url), logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            try await eventually("it is connected") { await client.positions(about: [1], in: 1) == [:] }
            try await body(client)
        }
    }

    /// Runs a requester that can send any body.
    fileprivate func withRequester(_ body: (Requester) async throws -> Void) async throws {
        let requester = Requester(endpoint: try BrokerEndpoint(url: url), name: "requester", logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await requester.run() }
            defer { requester.stop() }
            try await eventually("it is connected") {
                (try? await requester.rejection(of: [], from: "guest", at: "waitlist.p00.requests")) != nil
            }
            try await body(requester)
        }
    }
}
