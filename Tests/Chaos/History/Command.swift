package import Contracts

/// One thing that the world says to `application.ingress`.
package struct Command: Sendable, Hashable {
    package enum Body: Sendable, Hashable {
        case message(Message)
        /// Something that nobody can read.
        case garbage(String)
    }

    /// In this order the world says its commands, each after the one before it was taken.
    package let number: Int
    package let body: Body
    /// Unique; sent again, it is the same command.
    package let messageID: String
    /// The trace that its effects bear (W3C Trace Context): 32 hexadecimal digits.
    package let trace: String

    package init(_ body: Body, number: Int, seed: UInt64) {
        self.number = number
        self.body = body
        messageID = "chaos-\(seed)-\(number)"
        trace = Self.digits(seed &+ 1) + Self.digits(UInt64(number + 1))
    }

    package var message: Message? { if case .message(let message) = body { message } else { nil } }

    package var bytes: [UInt8] {
        switch body {
        case .message(let message): message.encoded()
        case .garbage(let text): Array(text.utf8)
        }
    }

    /// What only the system may say goes to E2, as a forger would send it.
    package var exchange: String {
        switch message?.action {
        case .notifyFreeSpot, .spotStatus: Exchange.spotUpdates
        default: Exchange.waiting
        }
    }

    package var routingKey: String { (message?.action ?? .response).rawValue }

    package var traceparent: String { "00-\(trace)-\(trace.suffix(16))-01" }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
