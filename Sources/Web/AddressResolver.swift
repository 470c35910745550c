package import Webhooks

/// Finds the addresses of a host's name.
package protocol AddressResolver: Sendable {
    /// - Returns: in the order in which they should be tried; empty if the name has none, or they cannot be found in
    ///   time.
    func addresses(of name: String) async -> [IPAddress]
}
