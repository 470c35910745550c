import Foundation
import Fuzzing
import SeededRandom
import Testing

/// Fuzzes every reader of outside input for some seconds, from a fixed seed; `deploy/fuzz` runs for longer.
@Suite struct FuzzTests {
    /// The number of inputs for each reader.
    private static let inputs = 1_500

    /// The environment variable `FUZZ_SEED`, or 1.
    static let seed = ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    @Test(arguments: FuzzedReader.all.map(\.name))
    func `no property of a reader is violated`(name: String) throws {
        let reader = try #require(FuzzedReader.named(name))
        var campaign = Campaign([reader], seed: Self.seed)
        let findings = campaign.run(Self.inputs)
        #expect(campaign.count == Self.inputs)
        for finding in findings {
            Issue.record(
                "\(finding.violation): \(String(decoding: finding.input.prefix(2_000), as: UTF8.self).debugDescription)"
            )
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
    func `inputs that once violated a property, or might, no longer do`(name: String, input: String) throws {
        let reader = try #require(FuzzedReader.named(name))
        #expect(throws: Never.self) { try reader.check(Array(input.utf8)) }
    }

    // MARK: - The fuzzer itself

    /// Accepts everything except an input with an `x` that ends in `!`.
    private let faulty = FuzzedReader(
        "faulty", seeds: [Array("ax!".utf8.dropLast())],
        mutate: { base, _, random in base + [random.oneIn(50) ? UInt8(ascii: "!") : UInt8(ascii: "b")] },
        check: { input throws(Violation) in
            if input.last == UInt8(ascii: "!"), input.contains(UInt8(ascii: "x")) { throw Violation("x and then !") }
            return "accepted"
        })

    @Test func `a violation is found, reported once, and shrunk to its cause`() throws {
        var campaign = Campaign([faulty], seed: 1)
        let findings = campaign.run(1_000)
        #expect(findings.map(\.violation.description) == ["x and then !"])
        let found = try #require(findings.first?.input)
        let small = Shrinker.shrink(found + found, tries: 1_000) { (try? faulty.check($0)) == nil }
        #expect(String(decoding: small, as: UTF8.self) == "x!")
    }

    @Test func `the seed determines the inputs`() {
        func inputs(_ seed: UInt64) -> [[UInt8]] {
            var campaign = Campaign(FuzzedReader.all, seed: seed)
            return (0..<400).map { _ in
                let testCase = campaign.next()
                _ = campaign.check(testCase)
                return testCase.input
            }
        }
        #expect(inputs(3) == inputs(3))
        #expect(inputs(3) != inputs(4))
    }
}
