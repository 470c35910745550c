package import CRabbitMQ

extension String {
    /// Replaces invalid UTF-8: input from outside never traps.
    package init(wire bytes: amqp_bytes_t) {
        guard let base = bytes.bytes, bytes.len > 0 else {
            self = ""
            return
        }
        self = String(decoding: UnsafeRawBufferPointer(start: base, count: bytes.len), as: UTF8.self)
    }

    /// For logs: one line, with control characters replaced by spaces.
    init(wireText bytes: amqp_bytes_t) {
        self = String(
            String(wire: bytes).unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }

    /// Compares without allocating a string.
    func isEqual(to bytes: amqp_bytes_t) -> Bool {
        let utf8 = self.utf8
        guard utf8.count == bytes.len, let base = bytes.bytes else { return utf8.count == bytes.len }
        return utf8.elementsEqual(UnsafeRawBufferPointer(start: base, count: bytes.len))
    }
}
