import Contracts
import Foundation
import Web

/// Pages of a list: bounded, and each begins after the last row of the one before, in an order that no row changes. Who
/// turns them while others write sees nothing twice, and misses nothing that was there when they began.
enum Page {
    static let standard = 50
    static let limits = 1...200

    /// Where the next page begins: in which partition, and after which row or name.
    struct Cursor: Sendable, Hashable {
        var partition: Partition
        var after: String

        /// Opaque to clients: base64url without padding (RFC 4648 section 5).
        var text: String {
            Data("\(partition.name) \(after)".utf8).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }

        init(partition: Partition, after: String) {
            self.partition = partition
            self.after = after
        }

        init(parsing text: String) throws(Problem) {
            let standard = text.replacing("-", with: "+").replacing("_", with: "/")
            let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
            let bytes = Data(base64Encoded: standard + padding)
            let parts = bytes.flatMap { String(data: $0, encoding: .utf8) }?
                .split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard let parts, parts.count == 2, let partition = Partition(name: String(parts[0])) else {
                throw .badCursor
            }
            self.init(partition: partition, after: String(parts[1]))
        }
    }
}

extension Problem {
    static let badCursor = Problem(.malformed, "cursor must be one that an earlier page gave as next.")
}
