package import Hummingbird

/// What an open door asks for instead of a token: that it is this machine, on both sides.
///
/// It listens on loopback alone, and takes only requests that were meant for it. Otherwise any web page could have its
/// name point to 127.0.0.1, and let a visitor's browser speak to the door (DNS rebinding).
package enum LoopbackRule {
    /// Whether a host is this machine and nobody else's: `localhost`, 127.0.0.0/8 or `::1`.
    package static func covers(host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy(isDigit) }
    }

    /// - Throws: `misdirectedRequest` when the request's host is another, missing, or named twice.
    package static func check(_ request: Request) throws(Problem) {
        guard let authority = request.head.authority, let host = host(of: authority), covers(host: host),
            !request.headers.contains(.host)
        else {
            throw Problem(.misdirectedRequest, "Without authentication, only requests to a loopback host are served.")
        }
    }

    /// Without its port; nil where that is none. An IPv6 address is in brackets (RFC 3986 section 3.2.2).
    private static func host(of authority: String) -> String? {
        let colon = authority.lastIndex { $0 == ":" || $0 == "]" }.flatMap { authority[$0] == ":" ? $0 : nil }
        let host = authority[..<(colon ?? authority.endIndex)]
        let port = colon.map { authority[authority.index(after: $0)...] } ?? ""
        guard port.utf8.allSatisfy(isDigit), port.isEmpty || UInt16(port) != nil,
            !host.contains(":") || host.hasPrefix("[")
        else { return nil }
        return String(host)
    }

    /// The library's numbers may have a sign.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte)
    }
}
