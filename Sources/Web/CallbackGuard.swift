package import Webhooks

/// Decides whether a callback may go to a URL (contract section 8): when the URL is registered, and again when a
/// connection is made, to an address that was checked.
package struct CallbackGuard: Sendable {
    package let rules: AddressRules
    private let resolver: any AddressResolver

    package init(rules: AddressRules, resolver: any AddressResolver = ResolutionCache()) {
        self.rules = rules
        self.resolver = resolver
    }

    /// Checks a URL and all addresses of its host.
    /// - Throws: `refusedHost` both if an address is refused and if there are none, so that callers cannot explore the
    ///   names of the services' network.
    package func check(_ text: String) async throws(CallbackURL.Fault) -> CallbackURL {
        let url = try CallbackURL(validating: text, by: rules)
        _ = try await addresses(of: url)
        return url
    }

    /// The addresses to which a connection may be made, in the order in which they should be tried.
    /// - Throws: `refusedHost` if there are none, or one of them is refused.
    package func addresses(of url: CallbackURL) async throws(CallbackURL.Fault) -> [IPAddress] {
        let addresses =
            switch url.host {
            case .address(let address): [address]
            case .name(let name): await resolver.addresses(of: name)
            }
        guard !addresses.isEmpty, addresses.allSatisfy({ url.allows($0, by: rules) }) else { throw .refusedHost }
        return addresses
    }
}
