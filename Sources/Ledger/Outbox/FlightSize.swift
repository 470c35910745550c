/// A number of messages in flight, and of the bytes of their bodies.
package struct FlightSize: Sendable, Hashable {
    package private(set) var messages: Int
    package private(set) var bytes: Int

    package init(messages: Int = 0, bytes: Int = 0) {
        self.messages = messages
        self.bytes = bytes
    }

    mutating func add(_ bytes: Int) {
        messages += 1
        self.bytes += bytes
    }

    mutating func remove(_ bytes: Int) {
        messages -= 1
        self.bytes -= bytes
    }
}
