import Contracts

/// The id of a message in subcommands: its partition and its row, `p00-17`.
package struct ItemID: Sendable, Hashable, CustomStringConvertible {
    package let partition: String
    package let row: Int64

    init(partition: String, row: Int64) {
        self.partition = partition
        self.row = row
    }

    /// Returns nil unless the text is the one spelling of an id.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Partition(name: String(parts[0])), let row = Int64(parts[1]), row > 0
        else { return nil }
        self.init(partition: partition.name, row: row)
        // A number has other spellings, such as +1 and 01; an id has one.
        guard description == text else { return nil }
    }

    package var description: String { "\(partition)-\(row)" }
}

extension ItemID: Codable {
    /// As text, with the checks of typed input: the socket is input too.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = ItemID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a message id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
