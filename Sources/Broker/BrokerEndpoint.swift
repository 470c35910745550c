/// The broker's address and our credentials, parsed from an `amqp://` or `amqps://` URL. The description hides the
/// password.
package struct BrokerEndpoint: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// A node of the broker.
    package struct Node: Sendable, Hashable {
        package let host: String
        package let port: Int
    }

    package private(set) var user: String
    /// At least one; the first is the next to connect to.
    package private(set) var nodes: [Node]
    package private(set) var virtualHost: String
    /// Whether to use TLS; certificate and host name are always verified.
    package private(set) var isSecure: Bool
    /// PEM file of the certificate authorities to trust; nil for the system's.
    package private(set) var certificateAuthorityFile: String?
    /// In whole seconds, 1…65535. It cannot be off: half-open connections would go unnoticed.
    package private(set) var heartbeat: Duration
    /// Not visible outside this module.
    let password: String

    /// Parses `amqp://user:password@host:port/vhost?heartbeat=10`, each part percent-encoded. Several nodes of a
    /// cluster are separated by commas: `host1:port1,host2`. Defaults: user and password guest, port 5672 (5671 for
    /// amqps), virtual host `/`. Throws `badURL`.
    package init(
        url: String, certificateAuthorityFile: String? = nil, heartbeat: Duration = .seconds(10)
    ) throws(BrokerError) {
        guard let separator = url.firstRange(of: "://") else {
            throw BrokerError(.badURL, "the URL does not begin with amqp:// or amqps://")
        }
        switch url[..<separator.lowerBound].lowercased() {
        case "amqp": isSecure = false
        case "amqps": isSecure = true
        default: throw BrokerError(.badURL, "the scheme is neither amqp nor amqps")
        }
        var rest = url[separator.upperBound...]
        if rest.contains("#") { throw BrokerError(.badURL, "the URL must not have a fragment") }

        var query: Substring = ""
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        var path: Substring = ""
        if let slash = rest.firstIndex(of: "/") {
            path = rest[rest.index(after: slash)...]
            rest = rest[..<slash]
        }
        if path.contains("/") { throw BrokerError(.badURL, "a slash in the virtual host must be written %2F") }
        // Part of a password with an unencoded slash would be taken for a virtual host, and shown.
        if path.utf8.contains(UInt8(ascii: "@")) {
            throw BrokerError(.badURL, "an @ follows a slash: write a slash in the password as %2F, any other @ as %40")
        }

        var user = "guest"
        var password = "guest"
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try Self.decoded(credentials[0], "user")
            password = credentials.count > 1 ? try Self.decoded(credentials[1], "password") : ""
            rest = rest[rest.index(after: at)...]
        }
        let defaultPort = isSecure ? 5671 : 5672
        nodes = try rest.split(separator: ",", omittingEmptySubsequences: false).map { node throws(BrokerError) in
            try Self.node(node, defaultPort: defaultPort)
        }
        let virtualHost = try Self.decoded(path, "virtual host")
        self.user = user
        self.password = password
        self.virtualHost = virtualHost.isEmpty ? "/" : virtualHost
        self.certificateAuthorityFile = certificateAuthorityFile

        var seconds = heartbeat.components.seconds
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, pair[0] == "heartbeat", let value = Int64(pair[1]) else {
                throw BrokerError(.badURL, "the only supported parameter is heartbeat, in seconds")
            }
            seconds = value
        }
        self.heartbeat = .seconds(min(max(seconds, 1), 65535))
    }

    /// A URL that `init` parses, with the password replaced. Percent-encoding keeps it on one line and unambiguous.
    package var description: String {
        let scheme = isSecure ? "amqps" : "amqp"
        let names = nodes.map { node in
            let isIPv6 = node.host.contains(":")
            let name = Self.encoded(node.host, allowing: isIPv6 ? ":" : "")
            return (isIPv6 ? "[\(name)]" : name) + ":\(node.port)"
        }.joined(separator: ",")
        return "\(scheme)://\(Self.encoded(user)):***@\(names)/\(Self.encoded(virtualHost))"
    }

    package var debugDescription: String { description }

    /// The next node to connect to.
    package var host: String { nodes[0].host }
    package var port: Int { nodes[0].port }

    /// The same broker, beginning with the node after the first one, which has failed.
    func afterFirstNode() -> BrokerEndpoint {
        var copy = self
        copy.nodes.append(copy.nodes.removeFirst())
        return copy
    }

    /// The same broker and user with another virtual host.
    package func with(virtualHost: String) -> BrokerEndpoint {
        var copy = self
        copy.virtualHost = virtualHost
        return copy
    }

    var heartbeatSeconds: Int { Int(heartbeat.components.seconds) }

    private static func node(_ text: Substring, defaultPort: Int) throws(BrokerError) -> Node {
        var host = text
        var portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else {
                throw BrokerError(.badURL, "the IPv6 address has no closing bracket")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            if !after.isEmpty {
                guard after.first == ":" else { throw BrokerError(.badURL, "only a port may follow the IPv6 address") }
                portText = after.dropFirst()
            }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        let name = try decoded(host, "host")
        guard !name.isEmpty else { throw BrokerError(.badURL, "the host is missing") }
        // Errors show the host, and no valid name or address contains control characters.
        guard name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw BrokerError(.badURL, "the host contains control characters")
        }
        guard let portText, !portText.isEmpty else { return Node(host: name, port: defaultPort) }
        guard let port = Int(portText), (1...65535).contains(port) else {
            throw BrokerError(.badURL, "the port is not a number from 1 to 65535")
        }
        return Node(host: name, port: port)
    }

    /// Rejects NUL: the library takes C strings, and would log in with a truncated name.
    private static func decoded(_ text: Substring, _ part: String) throws(BrokerError) -> String {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(hexDigit), let low = iterator.next().flatMap(hexDigit) else {
                throw BrokerError(.badURL, "the \(part) contains a % without two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let string = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw BrokerError(.badURL, "the \(part) is not valid UTF-8 text")
        }
        // The limit of an AMQP short string. The library would fail only after connecting, at every attempt.
        guard bytes.count <= 255 || part == "password" else {
            throw BrokerError(.badURL, "the \(part) is longer than 255 bytes")
        }
        return string
    }

    /// Percent-encodes everything except letters, digits, `-._~` and `allowed`.
    private static func encoded(_ text: String, allowing allowed: String = "") -> String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~\(allowed)".utf8)
        return text.utf8.map { byte in
            unreserved.contains(byte)
                ? String(UnicodeScalar(byte)) : (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
