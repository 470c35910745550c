import Broker
import Contracts
import Testing

@testable import ServiceKit

/// What `/readyz` says about a partition.
@Suite struct PartitionStatusTests {
    @Test func `each queue that is not consumed is named with its reason`() {
        let status = PartitionStatus(address: waitlist, answersRequests: true)
        #expect(status.problems.count == 3)
        status.consumerChanged(to: .connected)
        status.publisherChanged(to: .connected)
        #expect(status.problems == ["waitlist.p00.requests is not consumed: not connected yet"])
        status.replierChanged(to: .disconnected(BrokerError(.accessRefused, "user x, queue y")))
        status.replierChanged(to: .connecting)
        #expect(status.problems == ["waitlist.p00.requests is not consumed: accessRefused"])
        status.replierChanged(to: .connected)
        #expect(status.problems.isEmpty && status.mayPublish)
        status.consumerChanged(to: .disconnected(BrokerError(.connectionLost, "")))
        #expect(status.problems == ["waitlist.p00 is not consumed: connectionLost"])
        #expect(!status.mayPublish)
    }

    @Test func `a service that answers no requests needs no request queue; an alarm at the broker is no problem`() {
        let status = PartitionStatus(address: application, answersRequests: false)
        status.consumerChanged(to: .connected)
        status.publisherChanged(to: .publishingBlocked(reason: "memory"))
        #expect(status.problems.isEmpty)
        status.writabilityChanged(false)
        #expect(status.problems == ["application.p00: the file cannot be written"])
        status.writabilityChanged(true)
        status.stop()
        #expect(status.problems == ["application.p00 has stopped"])
    }
}
