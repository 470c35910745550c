import Contracts
import Foundation
import Web

/// Where a page of a list begins: the partition, and the row or id after which to continue. Opaque to clients.
struct PageCursor: Sendable, Hashable {
    let partition: Partition
    let after: String

    init(partition: Partition, after: String) {
        self.partition = partition
        self.after = after
    }

    /// - Throws: `malformed` for a text that no ``PageCursor/text`` is.
    init(parsing text: String) throws(Problem) {
        // By bytes: an id may begin with a combining character, which a string joins to the space.
        let parts = Base64URL.decoded(text.utf8).flatMap { String(data: $0, encoding: .utf8) }?.utf8
            .split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard let parts, parts.count == 2, let partition = Partition(name: String(Substring(parts[0]))) else {
            throw .invalidCursor
        }
        self.init(partition: partition, after: String(Substring(parts[1])))
    }

    var text: String { Base64URL.encoded("\(partition.name) \(after)".utf8) }
}

extension Problem {
    static let invalidCursor = Problem(.malformed, "cursor must be the cursor of an earlier page's next.")
}
