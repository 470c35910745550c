import Foundation
import Fuzzing
import Testing

/// Every reader of what comes from outside, for seconds and from fixed seeds; `deploy/fuzz` goes on for as long as one
/// likes.
@Suite struct FuzzTests {
    /// Of each reader, from `FUZZ_SEED` if it is set.
    private static let inputs = 1_500

    static let seed = ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    @Test(arguments: Subject.all.map(\.name))
    func `a reader stands whatever it is given`(name: String) throws {
        let subject = try #require(Subject.named(name))
        var campaign = Campaign([subject], seed: Self.seed)
        let findings = campaign.run(Self.inputs)
        #expect(campaign.count == Self.inputs)
        for finding in findings {
            Issue.record(
                "\(finding.flaw): \(String(decoding: finding.input.prefix(2_000), as: UTF8.self).debugDescription)")
        }
    }

    @Test(
        arguments: [
            ("message", "{\"userId\":1,\"message\":\"\",\"timestamp\":\"2024-12-08T14:00:00\"}"),
            ("message", String(repeating: "[", count: 100_000)),
            ("message", "{\"user_id\":" + String(repeating: "1", count: 10_000) + ",\"application_id\":1}"),
            ("duration", "PT0.1S"), ("url", "amqp://%2F"), ("url", "amqp://a%1B@h/%0A"), ("url", "amqp://\u{12}"),
            ("url", "aMQP://a/:geheim77@"), ("url", "amqp://h/" + String(repeating: "v", count: 256)),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa&ba902b7-01"),
            ("setting", "AMQP_CA=\u{1b}[31m"), ("setting", "AMQP_CA=" + String(repeating: "a", count: 1_000)),
            ("setting", "TRUSTED_AMQP_USERS=,"), ("setting", "TRUSTED_AMQP_USERS= "),
            ("setting", "REMINDERS=" + (1...5_000).map { "PT\($0)S" }.joined(separator: ",")),
            ("arguments", "\u{1b}[31m"), ("arguments", "-" + String(repeating: "a", count: 1_000)),
            ("arguments", "parked\0show\0pa\u{1b}-9"), ("arguments", "parked\0show\0p00-+9"),
            (
                "command",
                "{\"subject\":\"parked\",\"verb\":\"show\",\"item\":{\"partition\":\"\\n\",\"row\":0},\"asJSON\":true}"
            ),
            ("command", String(repeating: "[", count: 100_000)),
        ] as [(String, String)])
    func `what was found once, or was feared, is not found again`(name: String, input: String) throws {
        let subject = try #require(Subject.named(name))
        #expect(throws: Never.self) { try subject.judge(Array(input.utf8)) }
    }

    // MARK: - The fuzzer itself

    /// Takes everything but an exclamation mark after an `x`.
    private let flawed = Subject(
        "flawed", seeds: [Array("ax!".utf8.dropLast())],
        vary: { dice, base, _ in base + [dice.isOne(in: 50) ? UInt8(ascii: "!") : UInt8(ascii: "b")] },
        judge: { input throws(Flaw) in
            if input.last == UInt8(ascii: "!"), input.contains(UInt8(ascii: "x")) { throw Flaw("x and then !") }
            return "well"
        })

    @Test func `a flaw is found, told once, and shrunk to what it takes`() throws {
        var campaign = Campaign([flawed], seed: 1)
        let findings = campaign.run(1_000)
        #expect(findings.map(\.flaw.description) == ["x and then !"])
        let found = try #require(findings.first?.input)
        let small = Shrinker.shrink(found + found, tries: 1_000) { (try? flawed.judge($0)) == nil }
        #expect(String(decoding: small, as: UTF8.self) == "x!")
    }

    @Test func `a run is its seed`() {
        func inputs(_ seed: UInt64) -> [[UInt8]] {
            var campaign = Campaign(Subject.all, seed: seed)
            return (0..<400).map { _ in
                let draw = campaign.draw()
                _ = campaign.judge(draw)
                return draw.input
            }
        }
        #expect(inputs(3) == inputs(3))
        #expect(inputs(3) != inputs(4))
    }
}
