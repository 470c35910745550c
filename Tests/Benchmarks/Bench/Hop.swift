import Broker
import BrokerTesting
import Contracts
import Foundation

/// A program that takes messages from one queue and publishes one for each of them, and how fast it is.
struct Hop {
    let program: Program
    let session: BlockingClient
    /// The broker's URL.
    let broker: String
    /// The queue that its messages reach.
    let out: String

    struct Outcome {
        let perSecond: Double
        /// Of the program, user and system, per message.
        let cpuMicroseconds: Double
    }

    /// From the first publish to the last arrival, while the load runs on the same machine.
    func measureUnderLoad(
        _ messages: Int, make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]
    ) throws -> Outcome {
        try measure(messages) { Load.publish(messages, to: broker, make: make) }
    }

    /// From the moment when the program begins, with all messages in its queue, to the last arrival: the load does not
    /// run beside it.
    func measurePreloaded(
        _ messages: Int, make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]
    ) throws -> Outcome {
        program.suspend()
        try Load.publishAll(messages, to: broker, make: make)
        return try measure(messages) { program.resume() }
    }

    /// Removes what has arrived, also because a queue holds at most a million messages.
    private func measure(_ messages: Int, _ begin: () -> Void) throws -> Outcome {
        let before = try session.messageCount(out)
        let started = ContinuousClock.now
        let (_, cpu) = try program.cost {
            begin()
            try Measure.until("all messages have arrived", within: 600, every: 0.01) {
                try session.messageCount(out) >= before + messages
            }
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        _ = try session.purge(out)
        return Outcome(perSecond: Double(messages) / seconds, cpuMicroseconds: cpu * 1e6 / Double(messages))
    }
}
