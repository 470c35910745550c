package import Hummingbird

/// The rule that replaces tokens when authentication is disabled: the server listens on loopback and accepts only
/// requests for a loopback host.
///
/// Without the check of the host, any web page could let its name resolve to 127.0.0.1 and send requests from a
/// visitor's browser (DNS rebinding).
package enum LoopbackRule {
    /// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1`.
    package static func covers(host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy(isDigit) }
    }

    /// - Throws: `misdirectedRequest` when the request's host is not loopback, is missing or is given twice.
    package static func check(_ request: Request) throws(Problem) {
        guard let authority = request.head.authority, let host = host(of: authority), covers(host: host),
            !request.headers.contains(.host)
        else {
            throw Problem(.misdirectedRequest, "Without authentication, only requests to a loopback host are served.")
        }
    }

    /// The authority's host; nil if its port is invalid. An IPv6 address is in brackets (RFC 3986 section 3.2.2).
    private static func host(of authority: String) -> String? {
        let colon = authority.lastIndex { $0 == ":" || $0 == "]" }.flatMap { authority[$0] == ":" ? $0 : nil }
        let host = authority[..<(colon ?? authority.endIndex)]
        let port = colon.map { authority[authority.index(after: $0)...] } ?? ""
        guard port.utf8.allSatisfy(isDigit), port.isEmpty || UInt16(port) != nil,
            !host.contains(":") || host.hasPrefix("[")
        else { return nil }
        return String(host)
    }

    /// The standard library's integer initializers also accept a sign.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte)
    }
}

/// Admits only requests for a loopback host (``LoopbackRule``): for routes without authentication on a server that has
/// it disabled.
package struct LoopbackMiddleware<Context>: RouterMiddleware {
    package init() {}

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        try LoopbackRule.check(request)
        return try await next(request, context)
    }
}
