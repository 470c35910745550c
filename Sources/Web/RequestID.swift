import Contracts
import NIOHTTP1

/// What names one request in its response (`X-Request-Id`) and in the log. The client may choose it, so that one name
/// serves for the whole way of a request through several systems.
struct RequestID: Sendable, Hashable, CustomStringConvertible {
    static let fieldName = "X-Request-Id"
    /// The most characters that a client's id may have.
    static let maxCount = 128

    let description: String

    /// A new one: 32 hexadecimal digits.
    init() {
        description =
            Hexadecimal.digits(.random(in: .min ... .max)) + Hexadecimal.digits(.random(in: .min ... .max))
    }

    /// The client's; nil unless it has 1 to 128 visible ASCII characters.
    init?(_ text: String) {
        guard (1...Self.maxCount).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        description = text
    }

    /// The request's own, if it has exactly one that is valid; otherwise a new one, which is set in the head, so that
    /// what reads the request later finds the same.
    init(of head: inout HTTPRequestHead) {
        let values = head.headers[Self.fieldName]
        if values.count == 1, let id = RequestID(values[0]) {
            self = id
        } else {
            self.init()
            head.headers.replaceOrAdd(name: Self.fieldName, value: description)
        }
    }
}
