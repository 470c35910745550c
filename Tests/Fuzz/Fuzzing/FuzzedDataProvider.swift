package import Broker
import Contracts

/// Builds structured values from an input, as libFuzzer's class of this name does: each byte makes a choice, and after
/// the end of the input every choice is the first one.
package struct FuzzedDataProvider {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    private mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private mutating func text() -> String {
        let choice = byte()
        if choice % 4 == 0 {
            return String(decoding: EdgeValues.texts[Int(byte()) % EdgeValues.texts.count], as: UTF8.self)
        }
        return String(decoding: bytes(Int(choice)), as: UTF8.self)
    }

    private mutating func number() -> Int64 {
        let choices: [Int64] = [1, 0, -1, .max, .min, .max - 1, 1_795_253_400_000, 2]
        return choices[Int(byte()) % choices.count]
    }

    /// A header value of any kind, nested deeper than our reader follows.
    package mutating func value(depth: Int = 0) -> HeaderValue {
        switch byte() % 10 {
        case 0: return .int(number())
        case 1: return .string(text())
        case 2: return .bool(byte() % 2 == 0)
        // Never NaN: the broker closes the connection that sends it.
        case 3: return .double(Double(number()) / 3)
        case 4: return .bytes(bytes(Int(byte())))
        case 5 where depth < 20: return .table(table(depth: depth + 1))
        case 6 where depth < 20: return .array((0..<Int(byte() % 4)).map { _ in value(depth: depth + 1) })
        case 7 where depth < 20:
            // Nested arrays with one element each.
            var value = value(depth: 20)
            for _ in 0..<(byte() % 32) { value = .array([value]) }
            return value
        case 8: return .int(Int64(byte()))
        default: return .null
        }
    }

    package mutating func table(depth: Int = 0) -> [String: HeaderValue] {
        var table: [String: HeaderValue] = [:]
        for _ in 0..<(byte() % 6) { table[text()] = value(depth: depth) }
        return table
    }

    /// A delivery whose fifth byte is this one says that it has forwarded commands.
    static let forwardedCommands: UInt8 = 2

    /// Five bytes of choices, four more for a stream, further headers if a choice asks for them, and then the body.
    mutating func delivery() -> Delivery {
        let users = [nil, "guest", "eve", "", "Guest", "guest\0"]
        let user = users[Int(byte()) % users.count]
        let names = [
            nil, "waitlist.p00>application.p00", "notifier.p07>application.p00", "application.p00>application.p00",
            "waitlist.p00>application.p01", "nonsense", "waitlist.p00>application.p00\0",
            "application.p00>waitlist.p00",
        ]
        var headers: [String: HeaderValue] = [:]
        let (stream, kind, trace, extras) = (byte(), byte(), byte(), byte())
        if let name = names[Int(stream) % names.count] {
            headers[HeaderName.stream] = kind == 1 ? .string(name) : value()
            headers[HeaderName.epoch] = .int(number())
            headers[HeaderName.seq] = .int(number())
            if byte() > 128 { headers[HeaderName.seq] = value() }
            if byte() > 128 { headers[HeaderName.epoch] = value() }
        }
        if trace > 0 { headers[HeaderName.traceparent] = trace > 128 ? value() : .string("00-\(text())") }
        if extras > 1 { headers.merge(table()) { $1 } }
        var properties = MessageProperties(messageID: extras > 2 ? text() : nil, userID: user, headers: headers)
        if extras > 128 { (properties.type, properties.appID, properties.contentType) = (text(), text(), text()) }
        if extras == Self.forwardedCommands { properties.type = ForwardedCommands.Action.forwardedCommands.rawValue }
        let isLarge = extras == 255
        return Delivery(
            tag: 3, queue: "application.p00", exchange: extras > 3 ? text() : "x",
            routingKey: extras > 4 ? text() : "k",
            properties: properties, body: Array(rest), bodyDigest: isLarge ? [UInt8](repeating: 0xab, count: 32) : nil)
    }
}
