import Contracts
import Foundation
import Web

/// Where a page of a list begins: the partition, and what in it the page continues after. Opaque to clients.
struct PageCursor: Sendable, Hashable {
    let partition: Partition
    let after: String

    init(partition: Partition, after: String) {
        self.partition = partition
        self.after = after
    }

    /// - Parameter list: the digest of the list that the cursor must be of.
    /// - Throws: `malformed` for a text that no ``PageCursor/text(list:)`` is, and for a cursor of another list.
    init(parsing text: String, list: String) throws(Problem) {
        // By bytes: an id may begin with a combining character, which a string joins to the space.
        let parts = Base64URL.decoded(text.utf8).flatMap { String(data: $0, encoding: .utf8) }?.utf8
            .split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard let parts, parts.count == 3, let partition = Partition(name: String(Substring(parts[0]))) else {
            throw .invalidCursor
        }
        guard String(Substring(parts[1])) == list else {
            throw Problem(.malformed, "The cursor belongs to a list with another path, filter or order.")
        }
        self.init(partition: partition, after: String(Substring(parts[2])))
    }

    func text(list: String) -> String { Base64URL.encoded("\(partition.name) \(list) \(after)".utf8) }
}

extension Problem {
    static let invalidCursor = Problem(.malformed, "cursor must be the cursor of an earlier page's next.")
}
