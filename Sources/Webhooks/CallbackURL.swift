package import Foundation

/// A URL that a caller has given for callbacks (contract section 8). Its host is a name that still has to be resolved,
/// or an address in any notation that browsers and resolvers understand.
package struct CallbackURL: Sendable, Hashable {
    /// A name in lower case without a final full stop, or an address.
    package enum Host: Sendable, Hashable {
        case name(String)
        case address(IPAddress)
    }

    package enum Fault: Error, Sendable, Hashable {
        case notAnAbsoluteURL
        case tooLong
        case userInfo
        case fragment
        /// Only https on port 443, except within `WEBHOOK_ALLOW_CIDRS`.
        case schemeOrPort
        /// An address that is not public, or a name that only this machine or network knows.
        case refusedHost
    }

    package let url: URL
    package let host: Host
    /// Whether other schemes and ports than https on 443 are used; only an address within `WEBHOOK_ALLOW_CIDRS` may
    /// have them.
    package let needsPermission: Bool

    package static let longest = 2_048

    package init(validating text: String, by rules: AddressRules) throws(Fault) {
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            let components = URLComponents(string: text), let url = components.url,
            let scheme = components.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let name = components.encodedHost, !name.isEmpty
        else { throw .notAnAbsoluteURL }
        guard components.user == nil, components.password == nil else { throw .userInfo }
        guard components.fragment == nil else { throw .fragment }
        guard let host = Self.host(name) else { throw .refusedHost }
        needsPermission = scheme != "https" || components.port.map { $0 != 443 } ?? false
        switch host {
        case .address(let address):
            guard rules.allows(address) else { throw .refusedHost }
            if needsPermission, !rules.isListed(address) { throw .schemeOrPort }
        case .name:
            if needsPermission, rules.allowed.isEmpty { throw .schemeOrPort }
        }
        self.url = url
        self.host = host
    }

    /// Whether a connection may be made to an address to which the host was resolved.
    package func allows(_ address: IPAddress, by rules: AddressRules) -> Bool {
        needsPermission ? rules.isListed(address) : rules.allows(address)
    }

    /// Nil if no public name or address can look like this.
    private static func host(_ text: String) -> Host? {
        if text.hasPrefix("[") || text.contains(":") {
            let inner = text.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            return IPAddress(parsing: inner).map(Host.address)
        }
        // `%` could hide any other character.
        guard let decoded = text.removingPercentEncoding, decoded == text else { return nil }
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !labels.contains(""), name.utf8.count <= 253 else { return nil }
        // By the URL standard a host whose last label is a number must be an address.
        if IPv4Notation.isNumber(last) { return IPv4Notation.address(labels).map(Host.address) }
        let characters = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyz0123456789-_")
        guard labels.count > 1, !["localhost", "local", "internal", "localdomain", "onion"].contains(String(last)),
            labels.allSatisfy({ $0.utf8.count <= 63 && $0.unicodeScalars.allSatisfy(characters.contains) })
        else { return nil }
        return .name(name)
    }
}
