import Foundation
package import HTTPTypes

/// The origins of the web pages whose scripts may call the API (`CORS_ORIGINS`).
package struct AllowedOrigins: Sendable, Hashable {
    private let origins: Set<String>

    package static let none = AllowedOrigins(origins: [])

    private init(origins: Set<String>) {
        self.origins = origins
    }

    /// - Parameter text: origins as browsers send them, separated by commas, or `none`.
    /// - Returns: nil if one is not an origin.
    package init?(parsing text: String) {
        if text == "none" {
            self = .none
            return
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard parts.allSatisfy(Self.isOrigin) else { return nil }
        origins = Set(parts)
    }

    package var isEmpty: Bool { origins.isEmpty }

    /// The origin of a request if it is one of these.
    package func origin(in fields: HTTPFields) -> String? {
        let values = fields[values: .origin]
        guard values.count == 1, let origin = values.first, origins.contains(origin) else { return nil }
        return origin
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// Scheme, host and perhaps a port that is not the scheme's own, in lower case (RFC 6454 section 6.2).
    private static func isOrigin(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty, host.utf8.allSatisfy(isHostByte),
            url.port != (scheme == "https" ? 443 : 80)
        else { return false }
        return text == "\(scheme)://\(host)\(url.port.map { ":\($0)" } ?? "")" && text == text.lowercased()
    }
}
