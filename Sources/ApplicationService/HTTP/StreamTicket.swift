import Contracts
import Crypto
import Web

/// A ticket with which a browser opens one stream: `EventSource` cannot send a token (contract section 8). It names the
/// partition of ApplicationService that knows it, so that any process can redeem it.
struct StreamTicket: Sendable, Hashable {
    static let lifetime: Duration = .seconds(60)
    /// 32 random bytes as base64url.
    private static let secretLength = 43

    let partition: Partition
    private let secret: String

    /// A new ticket.
    init(in partition: Partition) {
        self.partition = partition
        secret = Base64URL.encoded((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// Nil for a text that no ticket has.
    init?(parsing text: String) {
        let parts = text.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, let partition = Partition(name: String(parts[0])),
            parts[1].utf8.count == Self.secretLength
        else { return nil }
        self.partition = partition
        secret = String(parts[1])
    }

    var text: String { "\(partition.name)-\(secret)" }

    /// What is stored and sent to other processes: it opens nothing.
    var digest: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }
}
