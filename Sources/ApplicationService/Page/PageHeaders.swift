import HTTPTypes
import Hummingbird
import Web

/// The header fields of every answer of the page.
struct PageHeaders: Sendable {
    private let fields: HTTPFields

    /// - Parameter requiresHTTPS: whether browsers shall never come here without it.
    init(requiresHTTPS: Bool) {
        var fields: HTTPFields = [
            .contentSecurityPolicy: Self.contentSecurityPolicy,
            .xContentTypeOptions: "nosniff",
            .crossOriginOpenerPolicy: "same-origin",
            .crossOriginResourcePolicy: "same-origin",
            .permissionsPolicy: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ]
        if requiresHTTPS { fields[.strictTransportSecurity] = "max-age=31536000" }
        self.fields = fields
    }

    /// Only files and forms of this host, nothing inline, and in no frame.
    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func add(to response: inout Response) {
        for field in fields { response.headers[field.name] = field.value }
        // What a route says itself is stricter, or is for an asset.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        if response.headers[.referrerPolicy] == nil { response.headers[.referrerPolicy] = "same-origin" }
    }
}
