import Broker
import Contracts
import Ledger
import Testing

@testable import ServiceKit

/// Requests and replies of moves between the processes of a service (contract section 3, moves).
@Suite struct MoveMessageTests {
    private static let steps: [MoveRequest.Step] = [
        .begin(MoveRequest.Outline(partitions: 8, migrations: 17, bytes: 100 << 20)),
        .piece(.database, offset: 0, bytes: [1]), .piece(.log, offset: 3 << 30, bytes: Array(0...255)),
        .check(bytes: 4096, checksum: "ab"), .complete(bytes: 0, checksum: "cd"), .take, .cancel, .decision, .progress,
    ]

    private func request(_ step: MoveRequest.Step) -> MoveRequest {
        MoveRequest(move: "7f3c", partition: Partition(number: 3), process: "waitlist-0", step: step)
    }

    private func delivery(_ properties: MessageProperties, _ body: [UInt8] = []) -> Delivery {
        Delivery(tag: 1, queue: "q", exchange: "", routingKey: "q", properties: properties, body: body)
    }

    @Test(arguments: steps) func `a request is read as it was written`(step: MoveRequest.Step) {
        let request = request(step)
        let (properties, body) = request.message(user: "waitlist")
        #expect(properties.userID == "waitlist")
        #expect(MoveRequest(delivery(properties, body)) == request)
    }

    @Test(arguments: steps) func `a request that lacks a field, or has a wrong one, is not read`(step: MoveRequest.Step)
    {
        let (properties, body) = request(step).message(user: "waitlist")
        for name in properties.headers.keys {
            for value in [nil, .int(-1), .string(""), .bool(true)] as [HeaderValue?] {
                var changed = properties
                changed.headers[name] = value
                if name == "sha256", value == .string("") { continue }
                #expect(MoveRequest(delivery(changed, body)) == nil, "\(name): \(String(describing: value))")
            }
        }
        var changed = properties
        changed.type = "move_house"
        #expect(MoveRequest(delivery(changed, body)) == nil)
        var truncated = delivery(properties, body)
        truncated.bodyDigest = [1]
        #expect(MoveRequest(truncated) == nil)
    }

    @Test func `a name that could leave the folder is not read`() {
        var (properties, body) = request(.take).message(user: "waitlist")
        for name in ["../x", "a/b", "", String(repeating: "a", count: 65)] {
            properties.headers["process"] = .string(name)
            #expect(MoveRequest(delivery(properties, body)) == nil)
        }
        properties.headers["process"] = .string("a")
        properties.headers["partition"] = .string("p3")
        #expect(MoveRequest(delivery(properties, body)) == nil)
    }

    @Test func `a reply is read as it was written, its reason on one line`() {
        for state in MoveReply.State.allCases {
            let reply = MoveReply(state: state)
            #expect(MoveReply(delivery(reply.properties(user: "waitlist"))) == reply)
        }
        let refusal = MoveReply.refused("a\nb" + String(repeating: "x", count: 600))
        let read = MoveReply(delivery(refusal.properties(user: "waitlist")))
        #expect(read?.reason?.hasPrefix("a bxx") == true && read?.reason?.count == 501)
        #expect(MoveReply(delivery(MessageProperties(type: "move_reply"))) == nil)
        #expect(MoveReply(delivery(MessageProperties(type: "x", headers: ["state": .string("taken")]))) == nil)
    }
}
