import Contracts
import Pages

/// The address of the page to which an entry leads: a path of this host, with its query.
struct ReturnAddress: Sendable, Hashable {
    let text: String

    /// - Returns: nil for what a browser could take for another host's address, and for what no header field may have.
    init?(_ text: String) {
        guard text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= Limits.returnAddressBytes,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return nil }
        self.text = text
    }

    /// Where a visitor begins who has asked for no page.
    init(startOf role: Visitor.Role) {
        text =
            switch role {
            case .volunteer: URLPath.openCalls
            case .fund: URLPath.calls
            }
    }
}
