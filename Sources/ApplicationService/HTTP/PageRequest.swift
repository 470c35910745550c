import Contracts
import Foundation
import Web

/// Pages of a list: bounded, and each begins after the last row of the one before, in an order that no row changes. Who
/// turns them while others write sees nothing twice, and misses nothing that was there when they began.
enum PageRequest {
    static let standard = 50
    static let limits = 1...200

    /// Where the next page begins: in which partition, and after which row or name.
    struct Cursor: Sendable, Hashable {
        var partition: Partition
        var after: String

        /// Opaque to clients.
        var text: String { Base64URL.encoded("\(partition.name) \(after)".utf8) }

        init(partition: Partition, after: String) {
            self.partition = partition
            self.after = after
        }

        init(parsing text: String) throws(Problem) {
            let parts = Base64URL.decoded(text.utf8).flatMap { String(data: $0, encoding: .utf8) }?
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
