import HTTPTypes
import Hummingbird
import Web

/// The origin under which browsers reach the page, such as `https://volunteers.example.org`.
struct PageOrigin: Sendable, Hashable, CustomStringConvertible {
    /// `PUBLIC_URL`; nil if it is not set.
    private let configured: String?

    /// Each request says by its `Host` where it was sent: with https, unless that is this machine.
    static let ofRequest = PageOrigin(configured: nil)

    private init(configured: String?) {
        self.configured = configured
    }

    /// - Returns: nil unless the text is an https origin, or an http origin of this machine.
    init?(parsing text: String) {
        let origin = text.hasSuffix("/") ? String(text.dropLast()) : text
        // `none` and a list are values of `CORS_ORIGINS`, but no origins.
        guard origin.contains("://"), !origin.contains(","), AllowedOrigins(parsing: origin) != nil,
            origin.hasPrefix("https://") || LoopbackRule.covers(authority: String(origin.dropFirst("http://".count)))
        else { return nil }
        configured = origin
    }

    /// For the log.
    var description: String { configured ?? "the host of each request" }

    /// Whether browsers reach the page only by https.
    var requiresHTTPS: Bool { configured?.hasPrefix("https://") == true }

    /// The origin as browsers write it; nil if the request does not say where it was sent.
    func text(for request: Request) -> String? {
        if let configured { return configured }
        guard let authority = request.head.authority?.lowercased(), !authority.isEmpty else { return nil }
        return "\(LoopbackRule.covers(authority: authority) ? "http" : "https")://\(authority)"
    }

    /// The same for the command line, which has no request.
    func text(host: String, port: Int) -> String {
        if let configured { return configured }
        // A server that listens on all addresses can be reached at this one.
        let host = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
