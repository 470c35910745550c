import Foundation

/// What receivers are told apart by when their load is limited: host and port.
package enum ReceiverHost {
    /// - Parameter url: an absolute URL that ApplicationService has checked.
    package static func key(of url: String) -> String {
        guard let components = URLComponents(string: url), let host = components.encodedHost?.lowercased() else {
            // It will be refused when it is called.
            return url
        }
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return "\(name):\(components.port ?? (components.scheme?.lowercased() == "http" ? 80 : 443))"
    }
}
