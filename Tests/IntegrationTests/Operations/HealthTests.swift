import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// Health, metrics and logs (contract sections 7 and 9).
@Suite struct HealthTests {
    @Test func `health, readiness and metrics report what happened`() async throws {
        try await TestSystem.run { system in
            let scenario = Scenario(application: "measured", spots: 2, volunteers: 6)
            try await scenario.send(to: system)
            try await system.publishUntilConfirmed(.accepted(1, "nowhere"), messageID: "refused")
            try await system.publishUntilConfirmed(.accepted(1, "nowhere"), messageID: "refused")
            try await system.sendRaw("no message", routingKey: "volunteer_response")
            try await scenario.expectOutcome(on: system)
            for service in [system.application, system.waitlist] {
                #expect(try await service.get("healthz").status == 200)
                #expect(try await service.get("readyz").status == 200)
                #expect(try await service.get("nothing").status == 404)
                let answer = try await service.get("metrics")
                #expect(answer.status == 200)
                try expectPrometheus(answer.body)
            }
            let application = try await system.application.metrics()
            #expect(application.sum("waitlist_messages_total", where: count(.create, "applied")) >= 1)
            #expect(application.sum("waitlist_messages_total", where: count(.response, "refused")) == 1)
            #expect(application.sum("waitlist_messages_total", where: count(.response, "deduplicated")) == 1)
            #expect(application.sum("waitlist_messages_total", where: "outcome=\"parked\"") == 1)
            #expect(application.sum("waitlist_parked") == 1)
            #expect(application.sum("waitlist_refused") == 1)
            #expect(application.sum("waitlist_blocked") == 0)
            #expect(application.sum("waitlist_stream_gaps") == 0)
            #expect(application.sum("waitlist_commits_total") > 0)
            #expect(application.sum("waitlist_commit_inputs_total") >= 11)
            #expect(application.sum("waitlist_commit_seconds_total") > 0)
            for name in ["waitlist_outbox_depth", "waitlist_outbox_age_seconds"] {
                #expect(application.has(name), "\(name)")
            }
            let waitlist = try await system.waitlist.metrics()
            // The scenario's four, and the markers of `quiesce`.
            #expect(waitlist.sum("waitlist_messages_total", where: count(.waiting, "applied")) >= 4)
            #expect(application.sum("waitlist_offers") + waitlist.sum("waitlist_offers") >= 4)
        }
    }

    private func count(_ action: Action, _ outcome: String) -> String {
        "action=\"\(action.rawValue)\",outcome=\"\(outcome)\""
    }

    /// Counters whose names are older than the suffix, and stay.
    private static let countersWithoutSuffix: Set<Substring> = [
        "waitlist_notifications", "waitlist_offers", "waitlist_reminders_missed", "waitlist_reminders_sent",
        "waitlist_stream_gaps",
    ]

    /// The text format 0.0.4: every sample follows its family's type, has a number, and occurs once. Buckets of a
    /// histogram are cumulative, and the last one is its count.
    private func expectPrometheus(_ text: String) throws {
        var types: [Substring: Substring] = [:]
        var seen: Set<Substring> = []
        var bucket: Double = 0
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let type = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge|histogram)/) {
                #expect(types.updateValue(type.2, forKey: type.1) == nil, "\(line)")
            } else if line.hasPrefix("# HELP ") {
                continue
            } else {
                let label = #"[a-z_]+="(?:[^"\\\n]|\\["\\n])*""#
                let sample = try Regex(#"([a-z_]+)(\{\#(label)(?:,\#(label))*\})? (-?[0-9.e+-]+)"#)
                let match = try #require(try sample.wholeMatch(in: line), "\(line)")
                let name = try #require(match.output[1].substring)
                let value = try #require(match.output[3].substring.flatMap { Double($0) }, "\(line)")
                let suffix = name.firstMatch(of: /_(bucket|sum|count)$/)?.output.0 ?? ""
                if types[name.dropLast(suffix.count)] == "histogram", !suffix.isEmpty {
                    switch suffix {
                    case "_bucket":
                        #expect(value >= bucket, "\(line)")
                        bucket = value
                    case "_count":
                        #expect(value == bucket, "\(line)")
                        bucket = 0
                    default: break
                    }
                } else {
                    let type = try #require(types[name], "\(line)")
                    let isCounter = name.hasSuffix("_total") || Self.countersWithoutSuffix.contains(name)
                    #expect(isCounter == (type == "counter"), "\(line)")
                }
                let series = line[..<(line.lastIndex(of: " ") ?? line.endIndex)]
                #expect(seen.insert(series).inserted, "\(line)")
            }
        }
        #expect(!seen.isEmpty)
    }

    @Test func `with LOG_FORMAT=json every line of the log is a JSON object`() async throws {
        try await TestSystem.run(settings: ["LOG_FORMAT": "json", "LOG_LEVEL": "debug"]) { system in
            let scenario = Scenario(application: "logged", spots: 1, volunteers: 3, decliners: 1)
            try await scenario.send(to: system)
            try await system.sendRaw("garbage", routingKey: "volunteer_response")
            try await scenario.expectOutcome(on: system)
            for service in [system.application, system.waitlist] {
                #expect(try await service.stop() == 0)
                let lines = service.log.split(separator: "\n")
                #expect(lines.count >= 2)
                for line in lines {
                    let value = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    let fields = try #require(value, "\(line)")
                    for name in ["time", "level", "message"] { #expect(fields[name] is String, "\(line)") }
                }
            }
        }
    }

    @Test(arguments: ["text", "json"]) func `logs contain neither message bodies nor passwords`(
        format: String
    ) async throws {
        try await TestSystem.run(settings: ["LOG_FORMAT": format, "LOG_LEVEL": "trace"], services: []) { system in
            let user = "logged-\(format)"
            let virtualHost = String(system.url.split(separator: "/").last ?? "")
            try await system.broker.addUser(user, password: "secret-geheim", virtualHost: virtualHost)
            let url = system.url.replacingOccurrences(of: "guest:guest", with: "\(user):secret-geheim")
            let services = [system.application, system.waitlist]
            // The user guest answers for NotifierService, which does not run.
            let settings = ["AMQP_URL": url, "TRUSTED_AMQP_USERS": "\(user),guest"]
            for service in services { try await service.start(settings) }
            for service in services { try await service.waitUntilReady() }
            let secret = "СОДЕРЖИМОЕ-4711"
            try await system.create("quiet", spots: 1, name: secret)
            try await system.accept("volunteer-4711", "quiet")
            try await system.accept("waiting-4711", "quiet")
            try await system.sendRaw("{\"action\": \"\(secret)\"}", routingKey: "volunteer_response")
            try await system.sendRaw(secret, exchange: "", routingKey: "waitlist.p00")
            try await system.quiesce()
            // Errors are where logs are most likely to leak.
            try await system.brokerClient.perform { try $0.deleteQueue("notifier.p00") }
            for service in services {
                #expect(try await service.stop() == 0)
                try await service.start(["AMQP_URL": url.replacingOccurrences(of: "geheim", with: "wrong-geheim")])
                try await eventually("\(service.kind) logs the refused login") {
                    service.log.contains("refused") || service.log.contains("ACCESS_REFUSED")
                }
                #expect(await !service.isReady)
                #expect(try await service.stop() == 0)
            }
            for service in services {
                #expect(service.log.contains("Serving"))
                for word in [secret, "4711", "geheim"] { #expect(!service.log.contains(word), "\(word)") }
            }
        }
    }
}
