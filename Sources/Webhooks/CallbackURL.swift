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

    /// The host is written as in ``host``, so that a client reads the host that was checked.
    package let url: URL
    package let host: Host
    /// Whether only an address within `WEBHOOK_ALLOW_CIDRS` will do: because the URL has another scheme than https or
    /// another port than 443, or its name is one that only this machine or network knows.
    package let needsPermission: Bool

    package static let longest = 2_048
    private static let ports = 1...65_535
    private static let localNames: Set<Substring> = ["localhost", "local", "internal", "localdomain", "onion"]

    package init(validating text: String, by rules: AddressRules) throws(Fault) {
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            var components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let encodedHost = components.encodedHost, !encodedHost.isEmpty,
            components.port.map(Self.ports.contains) ?? (components.rangeOfPort?.isEmpty ?? true)
        else { throw .notAnAbsoluteURL }
        guard components.user == nil, components.password == nil else { throw .userInfo }
        guard components.fragment == nil else { throw .fragment }
        guard let host = Self.host(encodedHost) else { throw .refusedHost }
        let isStandard = scheme == "https" && components.port.map { $0 == 443 } ?? true
        switch host {
        case .address(let address):
            guard rules.allows(address) else { throw .refusedHost }
            needsPermission = !isStandard
            if needsPermission, !rules.isListed(address) { throw .schemeOrPort }
        case .name(let name):
            let isLocal = Self.isLocal(name)
            if isLocal, rules.allowed.isEmpty { throw .refusedHost }
            if !isStandard, rules.allowed.isEmpty { throw .schemeOrPort }
            needsPermission = isLocal || !isStandard
        }
        components.scheme = scheme
        components.encodedHost = host.description
        guard let url = components.url else { throw .notAnAbsoluteURL }
        // A client that read another name would connect to an address that was not checked.
        if case .name(let name) = host, url.host() != name { throw .refusedHost }
        self.url = url
        self.host = host
    }

    /// Whether a connection may be made to an address to which the host was resolved.
    package func allows(_ address: IPAddress, by rules: AddressRules) -> Bool {
        needsPermission ? rules.isListed(address) : rules.allows(address)
    }

    /// Nil if no name or address can look like this.
    private static func host(_ text: String) -> Host? {
        if text.hasPrefix("["), text.hasSuffix("]") {
            guard let address = IPAddress(parsing: String(text.dropFirst().dropLast())), address.bytes.count == 16
            else { return nil }
            return .address(address)
        }
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, name.utf8.count <= 253 else { return nil }
        // By the URL standard a host whose last label is a number must be an address.
        if IPv4Notation.isNumber(last) { return IPv4Notation.address(labels).map(Host.address) }
        // No `%`, which could hide any other character.
        let characters = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyz0123456789-_")
        guard
            labels.allSatisfy({ (1...63).contains($0.utf8.count) && $0.unicodeScalars.allSatisfy(characters.contains) })
        else { return nil }
        return .name(name)
    }

    private static func isLocal(_ name: String) -> Bool {
        let labels = name.split(separator: ".")
        return labels.count < 2 || labels.last.map(localNames.contains) ?? true
    }
}

extension CallbackURL.Host: CustomStringConvertible {
    /// As in a URL.
    package var description: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.bytes.count == 16 ? "[\(address)]" : "\(address)"
        }
    }
}
