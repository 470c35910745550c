import Broker
import Contracts
import TestSupport
import Testing

/// Control messages go straight to partition queues, where no watcher sees them (contract section 4). They are looked
/// at in a queue whose reader is away, and recorded as all that is published is.
@Suite struct ControlMessageTests {
    @Test func `a gap is asked for, and heads are told and answered, straight to the queue`() async throws {
        try await TestSystem.run { system in
            try await system.create("control", spots: 1)
            try await system.accept(Scenario.volunteer(0), "control")
            try await system.accept(Scenario.volunteer(1), "control")
            try await system.quiesce()
            #expect(try await system.waitlist.stop() == 0)
            try await system.send((2...4).map { .accepted(Scenario.volunteer($0), "control") })
            try await system.waitUntil("all lie in the queue") { try await system.depth("waitlist.p00") == 3 }
            _ = try await system.removeMessage(at: 0, of: 3, from: "waitlist.p00")
            // A new connection tells the heads.
            #expect(try await system.application.stop() == 0)
            try await system.application.start()
            try await system.waitUntil("a head lies behind them") { try await system.depth("waitlist.p00") == 3 }
            #expect(try await system.application.stop() == 0)
            let heads = try await system.messages(in: "waitlist.p00").suffix(1)
            try await system.waitlist.start()

            var seen: [Delivery] = []
            // The gap stays open for 5 s before it is asked for.
            try await eventually("all three kinds lie in the gate's queue") {
                seen = try await system.messages(in: "application.p00")
                return Set(seen.compactMap(\.properties.type)).isSuperset(of: [
                    "resend", "stream_head", "stream_applied",
                ])
            }
            let controls = (heads + seen).filter { $0.exchange.isEmpty }.map { RecordedMessage($0) }
            RecordingFile.append(controls)
            for control in controls {
                let message = try #require(control.message)
                #expect(message.action.isControl && message.action.rawValue == control.properties.type)
                // The broker itself adds how often a message was looked at.
                #expect(control.stream == nil && control.isOurs)
            }
            #expect(controls.first?.properties.appID == "application.p00")
            #expect(controls.first?.properties.type == "stream_head")
        }
    }
}
