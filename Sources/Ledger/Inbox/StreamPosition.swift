package import Contracts

/// The position of a message in the stream that delivered it (contract section 4).
package struct StreamPosition: Sendable, Codable, Hashable {
    package let stream: StreamName
    package let epoch: Int64
    package let seq: Int64

    package init(stream: StreamName, epoch: Int64, seq: Int64) {
        self.stream = stream
        self.epoch = epoch
        self.seq = seq
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let stream = StreamName(parsing: try container.decode(String.self, forKey: .stream)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .stream, in: container, debugDescription: "not a stream name")
        }
        self.stream = stream
        epoch = try container.decode(Int64.self, forKey: .epoch)
        seq = try container.decode(Int64.self, forKey: .seq)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stream.description, forKey: .stream)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(seq, forKey: .seq)
    }

    private enum CodingKeys: String, CodingKey {
        case stream, epoch, seq
    }
}
