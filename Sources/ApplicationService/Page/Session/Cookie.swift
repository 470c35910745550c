import HTTPTypes

/// Cookies as the page uses them (RFC 6265).
enum Cookie {
    /// The value of `Set-Cookie` for a cookie that only this host gets, no script reads, and no form of another site
    /// sends.
    /// - Parameter lifetime: zero deletes the cookie.
    static func field(_ name: String, _ value: String, lifetime: Duration) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(lifetime.components.seconds); HttpOnly; Secure; SameSite=Lax"
    }

    /// The values of all cookies of this name in a request, in its order.
    static func values(of name: String, in fields: HTTPFields) -> [Substring] {
        fields[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && parts[0] == name ? parts[1] : nil
        }
    }
}
