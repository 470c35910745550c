import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// The subcommands give the same answers whether the service is running or not (contract section 7).
@Suite struct SubcommandTests {
    struct Item: Decodable {
        let id: String
        let reason: String
    }

    @Test func `lists are the same while the service is running and while it is stopped`() async throws {
        try await TestSystem.run { system in
            try await system.sendRaw("no message", routingKey: "volunteer_response")
            try await system.sendRaw("not one either", routingKey: "volunteer_response")
            try await system.accept(1, "unknown", messageID: "m-1")
            try await system.create("known", spots: 1)
            try await system.accept(1, "known")
            try await system.accept(2, "known")
            try await system.sendRaw("stray", exchange: "", routingKey: "waitlist.p00")
            try await system.quiesce()
            let words = [
                ["parked", "list"], ["blocked", "list"], ["refused", "list"], ["streams"], ["counters"],
                ["parked", "show", "p00-1"],
            ]
            for service in [system.application, system.waitlist] {
                var running: [ServiceProcess.Output] = []
                for word in words { running.append(try await ask(service, word)) }
                #expect(try await service.stop() == 0)
                for (word, expected) in zip(words, running) {
                    let stopped = try await ask(service, word)
                    #expect(stopped.lines == expected.lines, "\(word)")
                    #expect(stopped.exitCode == expected.exitCode && stopped.exitCode == 0, "\(word)")
                    #expect(stopped.stderr == "" && expected.stderr == "", "\(word)")
                    let json = try await ask(service, word + ["--json"])
                    #expect(word[1...] == ["show", "p00-1"] || json.lines.count == stopped.lines.count, "\(word)")
                    for line in json.lines { try expectObject(line) }
                }
                try await service.start()
                try await service.waitUntilReady()
            }
            let refused = try await system.application.run("refused", "list").lines
            #expect(refused.count == 1)
            #expect(refused.first?.hasPrefix("p00-1\t") == true)
            #expect(refused.first?.contains("\tunknown_application\t") == true)
            #expect(refused.first?.hasSuffix("\tm-1") == true)
            let parked = try await system.application.run("parked", "list").lines
            #expect(parked.map { $0.prefix(6) } == ["p00-1\t", "p00-2\t"])
        }
    }

    @Test func `an empty list prints nothing`() async throws {
        try await TestSystem.run(services: []) { system in
            for service in [system.application, system.waitlist] {
                // Before the file exists, with a new file in use, and with a new file that is closed.
                for step in 0..<3 {
                    if step == 1 {
                        try await service.start()
                        try await service.waitUntilReady()
                    }
                    if step == 2 { #expect(try await service.stop() == 0) }
                    for subject in ["parked", "blocked", "refused"] {
                        for json in [[], ["--json"]] {
                            let answer = try await ask(service, [subject, "list"] + json)
                            #expect(answer.lines == [] && answer.stderr == "" && answer.exitCode == 0)
                        }
                    }
                }
            }
        }
    }

    @Test func `a parked message can be discarded or retried`() async throws {
        try await TestSystem.run { system in
            try await system.sendRaw("nothing", routingKey: "volunteer_response")
            // A valid message in the wrong queue: a retry treats it as a foreign message.
            let create = Message.create(.sample("late", spots: 1)).encoded()
            try await system.sendRaw(create, exchange: "", routingKey: "application.p00")
            try await system.waitUntil("both are parked") {
                try await system.application.run("parked", "list").lines.count == 2
            }
            let items = try await system.application.items("parked", as: Item.self)
            let garbage = try #require(items.first { $0.reason.contains("JSON") })
            let stray = try #require(items.first { $0.id != garbage.id })

            let impossible = try await system.application.run("parked", "retry", garbage.id)
            #expect(impossible.exitCode == 1)
            #expect(impossible.stderr.split(separator: "\n").count == 1)
            let retried = try await system.application.run("parked", "retry", stray.id)
            #expect(retried.exitCode == 0 && retried.lines == [] && retried.stderr == "")
            try await system.accept(1, "late")
            try await system.waitUntil("the retried create is applied") { system.statuses(of: 1) == [.confirmed] }
            let discarded = try await system.application.run("parked", "discard", garbage.id)
            #expect(discarded.exitCode == 0 && discarded.lines == [])
            for verb in ["show", "retry", "discard"] {
                for id in [garbage.id, stray.id] {
                    let gone = try await system.application.run("parked", verb, id)
                    #expect(gone.exitCode == 1 && gone.lines == [], "\(verb) \(id)")
                    #expect(gone.stderr.contains(id))
                }
            }
            #expect(try await system.application.run("parked", "list").lines == [])
        }
    }

    @Test func `a parked message can be retried or discarded while the service is stopped`() async throws {
        try await TestSystem.run { system in
            let create = Message.create(.sample("cold", spots: 1)).encoded()
            for _ in 0..<2 { try await system.sendRaw(create, exchange: "", routingKey: "application.p00") }
            try await system.waitUntil("both are parked") {
                try await system.application.run("parked", "list").lines.count == 2
            }
            #expect(try await system.application.stop() == 0)
            #expect(try await system.application.run("parked", "retry", "p00-1").exitCode == 0)
            #expect(try await system.application.run("parked", "discard", "p00-2").exitCode == 0)
            #expect(try await system.application.run("parked", "list").lines == [])
            try await system.application.start()
            try await system.accept(1, "cold")
            try await system.waitUntil("the retried create is applied") { system.statuses(of: 1) == [.confirmed] }
        }
    }

    @Test func `an unreadable streamed message stays blocked until it is discarded, and others are processed`()
        async throws
    {
        try await TestSystem.run { system in
            try await system.create("stuck", spots: 5)
            try await system.accept(1, "stuck")
            try await system.waitUntil("the application exists") { system.statuses(of: 1) == [.confirmed] }
            // The notifier sends no such stream, so that the real streams are not disturbed.
            func streamed(_ body: [UInt8], seq: Int64) async throws {
                let headers: [String: HeaderValue] = [
                    HeaderName.stream: .string("notifier.p00>application.p00"), HeaderName.epoch: .int(1),
                    HeaderName.seq: .int(seq),
                ]
                try await system.sendRaw(
                    body, exchange: "", routingKey: "application.p00",
                    properties: MessageProperties(userID: "guest", deliveryMode: 2, headers: headers))
            }
            try await streamed(Array("unreadable".utf8), seq: 1)
            try await streamed(Message.accepted(2, "stuck").encoded(), seq: 2)
            try await system.waitUntil("the next of the stream is applied") { system.statuses(of: 2) == [.confirmed] }
            let item = try #require(try await system.application.items("blocked", as: Item.self).first)
            #expect(try await system.application.run("parked", "list").lines == [])
            let shown = try await system.application.run("blocked", "show", item.id)
            #expect(shown.lines.contains("body\tunreadable"))
            #expect(shown.lines.contains("stream\tnotifier.p00>application.p00"))
            #expect(try await system.application.metrics().sum("waitlist_blocked") == 1)
            #expect(try await system.application.run("blocked", "retry", item.id).exitCode == 0)
            try await system.quiesce()
            #expect(try await system.application.run("blocked", "list").lines.count == 1)
            // A restart does not skip it either.
            await system.application.kill()
            #expect(try await system.application.run("blocked", "list").lines.count == 1)
            try await system.application.start()
            try await system.application.waitUntilReady()
            #expect(try await system.application.run("blocked", "discard", item.id).exitCode == 0)
            #expect(try await system.application.run("blocked", "list").lines == [])
            #expect(try await system.application.run("blocked", "discard", item.id).exitCode == 1)
            #expect(try await system.counters(system.application)["discarded"] == 1)
        }
    }

    @Test func `wrong arguments give one line and exit 64, unknown ids give one line and exit 1`() async throws {
        try await TestSystem.run { system in
            let wrong = [
                ["parked"], ["parked", "show"], ["parked", "lists"], ["parked", "list", "p00-1"],
                ["parked", "show", "1"], ["parked", "show", "p00-0"], ["parked", "show", "p00--1"],
                ["parked", "show", "p00-1", "p00-2"], ["parked", "show", "q00-1"], ["blocked"],
                ["blocked", "drop", "p00-1"], ["refused", "show", "p00-1"], ["refused", "discard", "p00-1"],
                ["streams", "show"], ["nonsense"], ["serve", "parked"],
                ["parked", "list", "--nonsense"], ["parked", "list", "--nonsense=1"], ["serve", "--json"], ["-x"],
                ["--http-port"], ["PARKED", "list"], ["parked", "list", "--partitions", "0"],
            ]
            let unknown = [
                ["parked", "show", "p00-999"], ["parked", "retry", "p00-999"], ["parked", "discard", "p00-999"],
                ["blocked", "show", "p00-999"], ["blocked", "retry", "p00-999"], ["blocked", "discard", "p00-999"],
                ["parked", "show", "p77-1"], ["parked", "show", "p00-999", "--json"],
            ]
            for service in [system.application, system.waitlist] {
                for running in [true, false] {
                    if !running { #expect(try await service.stop() == 0) }
                    for words in wrong {
                        let answer = try await ask(service, words)
                        #expect(answer.exitCode == 64 && answer.lines == [], "\(words): \(answer)")
                        #expect(answer.stderr.split(separator: "\n").count == 1, "\(words): \(answer)")
                    }
                    for words in unknown {
                        let answer = try await ask(service, words)
                        #expect(answer.exitCode == 1 && answer.lines == [], "\(words): \(answer)")
                        #expect(answer.stderr.split(separator: "\n").count == 1, "\(words): \(answer)")
                    }
                }
            }
        }
    }

    private func ask(_ service: ServiceProcess, _ words: [String]) async throws -> ServiceProcess.Output {
        switch words.count {
        case 1: try await service.run(words[0])
        case 2: try await service.run(words[0], words[1])
        case 3: try await service.run(words[0], words[1], words[2])
        default: try await service.run(words[0], words[1], words[2], words[3])
        }
    }

    private func expectObject(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        #expect(value is [String: Any], "\(line)", sourceLocation: sourceLocation)
    }
}
