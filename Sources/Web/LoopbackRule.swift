import HTTPTypes
package import Hummingbird

/// The rule that replaces tokens when authentication is disabled: the server listens on loopback and accepts only
/// requests for a loopback host, not from another site's page, and not from a proxy.
///
/// Without the check of the host, any web page could let its name resolve to 127.0.0.1 and send requests from a
/// visitor's browser (DNS rebinding). Without that of the origin, it could do so by the address: a `POST` without a
/// body needs no permission. A proxy on this machine would pass on everybody's requests.
package enum LoopbackRule {
    /// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1`.
    package static func covers(host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy(isDigit) }
    }

    /// Whether the authority of a URL, a host and perhaps a port, is this machine.
    package static func covers(authority: String) -> Bool { host(of: authority).map { covers(host: $0) } ?? false }

    /// - Throws: `misdirectedRequest` when the request's host is not loopback, is missing or is given twice, and when
    ///   it comes from another origin or through a proxy.
    /// - Parameter origins: whose pages are allowed too.
    package static func check(_ request: Request, origins: AllowedOrigins = .none) throws(Problem) {
        guard let authority = request.head.authority, let host = host(of: authority), covers(host: host),
            !request.headers.contains(.host)
        else {
            throw Problem(.misdirectedRequest, "Without authentication, only requests to a loopback host are served.")
        }
        guard isOwnOrigin(request, authority) || origins.origin(in: request.headers) != nil else {
            throw Problem(.misdirectedRequest, "Without authentication, requests of other sites' pages are refused.")
        }
        guard !request.headers.contains(where: { isProxyField($0.name.canonicalName) }) else {
            throw Problem(.misdirectedRequest, "Without authentication, requests through a proxy are refused.")
        }
    }

    /// Whether a browser, if it is one, sends the request for this server's own page or for its user. A page on another
    /// port of this machine is another origin.
    private static func isOwnOrigin(_ request: Request, _ authority: String) -> Bool {
        request.headers[values: .origin].allSatisfy { $0.lowercased() == "http://\(authority.lowercased())" }
            && request.headers[values: .secFetchSite].allSatisfy { ["same-origin", "none"].contains($0) }
    }

    private static func isProxyField(_ name: String) -> Bool {
        name == "forwarded" || name == "via" || name.hasPrefix("x-forwarded-")
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
    private let origins: AllowedOrigins

    package init(origins: AllowedOrigins = .none) {
        self.origins = origins
    }

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        try LoopbackRule.check(request, origins: origins)
        return try await next(request, context)
    }
}
