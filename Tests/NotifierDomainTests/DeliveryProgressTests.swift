import Contracts
import NotifierDomain
import TestSupport
import Testing
import Webhooks

/// What becomes of a delivery after each attempt (contract section 6).
@Suite struct DeliveryProgressTests {
    private static let steps = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]

    /// After an attempt at the start of the test, in the middle of the jitter.
    private func after(
        _ outcome: AttemptOutcome, _ progress: DeliveryProgress = DeliveryProgress(at: .testStart)
    ) -> DeliveryProgress {
        var progress = progress
        progress.record(outcome, at: .testStart, schedule: .standard, random: 0.5)
        return progress
    }

    private func wait(_ progress: DeliveryProgress) -> Duration? { progress.due.map { $0 - .testStart } }

    @Test(arguments: [200, 201, 202, 204, 299]) func `an answer of the class 2xx ends it`(_ status: Int) {
        let progress = after(.answered(status: status))
        #expect(progress.state == .delivered && progress.due == nil)
        #expect(progress.attempts == 1 && progress.lastStatus == status && progress.lastError == nil)
    }

    @Test(arguments: [100, 199, 300, 301, 302, 307, 400, 401, 404, 408, 429, 500, 503, 599])
    func `any other answer is retried after the first step`(_ status: Int) {
        let progress = after(.answered(status: status))
        #expect(progress.state == .pending)
        #expect(wait(progress) == .seconds(5))
        #expect(progress.lastStatus == status)
    }

    @Test(arguments: AttemptOutcome.Failure.allCases)
    func `an attempt without an answer is retried, and says why`(_ failure: AttemptOutcome.Failure) {
        let progress = after(.failed(failure), after(.answered(status: 500)))
        #expect(progress.state == .pending && wait(progress) == .seconds(300))
        #expect(progress.lastStatus == nil && progress.lastError == failure.rawValue)
    }

    @Test func `410 ends it at once`() {
        let progress = after(.answered(status: 410))
        #expect(progress.state == .failed && progress.due == nil && progress.lastStatus == 410)
    }

    @Test func `the steps follow each other, and the eighth failure is the last`() {
        var progress = DeliveryProgress(at: .testStart)
        var waits: [Duration?] = []
        for _ in 1...8 {
            progress = after(.answered(status: 500), progress)
            waits.append(wait(progress))
        }
        #expect(waits == Self.steps.map { .seconds($0) } + [nil])
        #expect(progress.state == .failed && progress.attempts == 8)
    }

    @Test(arguments: [
        ("4", 5), ("5", 5), ("7", 7), ("10", 10), ("11", 10), ("99999999999999999999", 10), ("0", 5),
        ("Thu, 19 Nov 2026 07:40:08 GMT", 8), ("Thu, 19 Nov 2026 07:40:01 GMT", 5),
        ("Thu, 19 Nov 2020 07:40:01 GMT", 5),
        ("Thu, 19 Nov 2027 07:40:01 GMT", 10), ("soon", 5), ("-3", 5), ("", 5), ("Thu, 19 Nov 2026", 5),
        ("Thu, 31 Feb 2026 07:40:08 GMT", 5),
    ])
    func `Retry-After counts between once and twice the step`(_ field: String, _ seconds: Int) throws {
        let now = try WireTime(parsing: "2026-11-19T07:40:00Z").timestamp(in: .gmt)
        var progress = DeliveryProgress(at: now)
        progress.record(
            .answered(status: 503, retryAfter: field), at: now, schedule: .standard, random: 0.5)
        #expect(try #require(progress.due) - now == .seconds(seconds))
    }

    @Test func `a replay begins the schedule again, and counts all attempts`() {
        var progress = DeliveryProgress(at: .testStart)
        for _ in 1...8 { progress = after(.failed(.timeout), progress) }
        let later = Timestamp.testStart.advanced(by: .seconds(99))
        progress.replay(at: later, isForced: true)
        #expect(progress.state == .pending && progress.due == later && progress.isForced && progress.attempts == 8)
        progress = after(.failed(.timeout), progress)
        #expect(progress.attempts == 9 && wait(progress) == .seconds(5) && !progress.isForced)
    }

    @Test func `what is skipped or abandoned says so, and has no attempt due`() {
        var progress = after(.answered(status: 500))
        progress.skip()
        #expect(progress.state == .skipped && progress.due == nil && progress.lastError == "endpoint_disabled")
        #expect(
            progress
                == DeliveryProgress(
                    state: .skipped, attempts: 1, step: 1, due: nil, isForced: false, lastStatus: nil,
                    lastError: "endpoint_disabled"))
        #expect(DeliveryProgress(skippedAt: .testStart).state == .skipped)
        var abandoned = after(.answered(status: 500))
        abandoned.abandon()
        #expect(abandoned.state == .failed && abandoned.lastError == "endpoint_deleted")
    }

    // MARK: - The endpoint

    @Test func `an endpoint is disabled after five days of nothing but failures`() {
        var health = EndpointHealth()
        func fail(_ hours: Int64) {
            let time = Timestamp.testStart.advanced(by: .seconds(hours * 3600))
            health.record(.answered(status: 500), at: time, servedNow: time)
        }
        fail(0)
        fail(119)
        #expect(!health.isDisabled && health.failingSince == .testStart)
        health.record(.answered(status: 204), at: .testStart, servedNow: .testStart)
        #expect(health == EndpointHealth())
        fail(120)
        fail(239)
        #expect(!health.isDisabled)
        fail(240)
        #expect(health.isDisabled && health.reason == .failing)
        health.enable()
        #expect(!health.isDisabled && health.failingSince == nil)
    }

    @Test func `410 disables an endpoint at once, and time in which the service was down does not count`() {
        var health = EndpointHealth()
        health.record(.failed(.timeout), at: .testStart, servedNow: .testStart)
        let weekLater = Timestamp.testStart.advanced(by: .seconds(7 * 86_400))
        health.record(.failed(.timeout), at: weekLater, servedNow: Timestamp.testStart.advanced(by: .seconds(60)))
        #expect(!health.isDisabled)
        health.record(.answered(status: 410), at: weekLater, servedNow: .testStart)
        #expect(health.disabledAt == weekLater && health.reason == .gone)
        let disabled = health
        health.record(.failed(.timeout), at: weekLater, servedNow: weekLater)
        #expect(health == disabled)
    }

    // MARK: - What is sent

    @Test func `the data of the body are the bytes of the payload`() {
        let event = WebhookEvent(
            webhookID: "p00-1", caller: "fund:1", type: "operation.completed", timestamp: .testStart,
            payload: #"{"b":1, "a":"\u0416/\/"}"#)
        let body = String(decoding: EventBody.encoded(event), as: UTF8.self)
        #expect(
            body == #"{"type":"operation.completed","timestamp":"\#(Timestamp.testStart)","data":\#(event.payload)}"#)
        #expect(
            String(decoding: EventBody.test(of: "e1", at: .testStart), as: UTF8.self)
                == #"{"type":"endpoint.test","timestamp":"\#(Timestamp.testStart)","data":{"endpoint_id":"e1"}}"#)
        #expect(EventBody.type(of: .spotAvailable) == "notification.\(NotificationKind.spotAvailable.rawValue)")
    }

    @Test func `for a day after a rotation the secret before signs too`() {
        func valid(_ current: Int, _ hours: Int64?) -> [Int] {
            let rotatedAt = hours.map { Timestamp.testStart.advanced(by: .seconds($0 * -3600)) }
            return SigningGenerations.valid(current: current, rotatedAt: rotatedAt, at: .testStart)
        }
        #expect(valid(0, nil) == [0])
        #expect(valid(3, 0) == [3, 2])
        #expect(valid(3, 23) == [3, 2])
        #expect(valid(3, 24) == [3])
        #expect(valid(0, 1) == [0])
    }

    @Test(arguments: [
        ("https://example.org/a?b", "example.org:443"), ("https://EXAMPLE.org.:443", "example.org:443"),
        ("http://127.0.0.1:8099/x", "127.0.0.1:8099"), ("http://127.0.0.1/x", "127.0.0.1:80"),
        ("https://[2001:DB8::1]/", "[2001:db8::1]:443"), ("no url", "no url"),
    ])
    func `receivers are told apart by host and port`(_ url: String, _ key: String) {
        #expect(ReceiverHost.key(of: url) == key)
    }
}
