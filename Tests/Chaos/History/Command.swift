package import Contracts

/// A command from outside: a message to `application.ingress`, or a request to ApplicationService's HTTP API.
package struct Command: Sendable, Hashable {
    package enum Door: Sendable, Hashable {
        case broker
        case http
    }

    package enum Body: Sendable, Hashable {
        case message(Message)
        /// An unreadable body.
        case garbage(String)
    }

    /// The commands about one application are sent in the order of their numbers, each after the one before was
    /// confirmed or answered.
    package let number: Int
    package let body: Body
    package let door: Door
    /// Unique; a command that is sent again keeps it. Over HTTP it is the Idempotency-Key.
    package let messageID: String
    /// The trace id that its effects carry (W3C Trace Context): 32 hexadecimal digits.
    package let trace: String

    package init(_ body: Body, number: Int, seed: UInt64, door: Door = .broker) {
        self.number = number
        self.body = body
        self.door = door
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

    /// Messages that only the system may send go to E2, as from a forger.
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
