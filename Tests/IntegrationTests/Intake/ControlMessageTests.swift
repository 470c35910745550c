import Broker
import Contracts
import TestSupport
import Testing

/// Control messages go straight to partition queues, where the recorder does not see them (contract section 4). This
/// test reads them from a queue whose consumer is stopped, and records them for the validation against the AsyncAPI
/// document.
@Suite struct ControlMessageTests {
    @Test func `resend, stream_head and stream_applied go straight to the partition queue`() async throws {
        try await TestSystem.run { system in
            try await system.create("control", spots: 1)
            try await system.accept(Scenario.volunteer(0), "control")
            try await system.accept(Scenario.volunteer(1), "control")
            try await system.quiesce()
            #expect(try await system.waitlist.stop() == 0)
            try await system.send((2...4).map { .accepted(Scenario.volunteer($0), "control") })
            try await system.waitUntil("all are in the queue") { try await system.depth("waitlist.p00") == 3 }
            _ = try await system.removeMessage(at: 0, of: 3, from: "waitlist.p00")
            // A new connection announces the heads.
            #expect(try await system.application.stop() == 0)
            try await system.application.start()
            try await system.waitUntil("a head follows them") { try await system.depth("waitlist.p00") == 3 }
            #expect(try await system.application.stop() == 0)
            let heads = try await system.messages(in: "waitlist.p00").suffix(1)
            try await system.waitlist.start()

            var seen: [Delivery] = []
            // A gap is requested after 5 s.
            try await eventually("all three kinds are in ApplicationService's queue") {
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
                // The broker adds a delivery count to the headers.
                #expect(control.stream == nil && control.isOurs)
            }
            #expect(controls.first?.properties.appID == "application.p00")
            #expect(controls.first?.properties.type == "stream_head")
        }
    }
}
