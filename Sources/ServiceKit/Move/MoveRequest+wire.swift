import Broker
import Contracts
import Ledger

/// The steps as `type`.
private enum StepName: String {
    case begin = "move_begin"
    case piece = "move_piece"
    case check = "move_check"
    case complete = "move_complete"
    case take = "move_take"
    case cancel = "move_cancel"
    case decision = "move_decision"
    case progress = "move_progress"
}

extension MoveRequest {
    /// - Parameter user: the connection's user.
    func message(user: String) -> (properties: MessageProperties, body: [UInt8]) {
        var headers: [String: HeaderValue] = [
            MoveHeader.move: .string(move), MoveHeader.partition: .string(partition.name),
            MoveHeader.process: .string(process),
        ]
        var body: [UInt8] = []
        let name: StepName
        switch step {
        case .begin(let outline):
            name = .begin
            headers[MoveHeader.partitions] = .int(Int64(outline.partitions))
            headers[MoveHeader.migrations] = .int(Int64(outline.migrations))
            headers[MoveHeader.bytes] = .int(outline.bytes)
        case .piece(let part, let offset, let bytes):
            name = .piece
            headers[MoveHeader.part] = .string(part.rawValue)
            headers[MoveHeader.offset] = .int(offset)
            body = bytes
        case .check(let bytes, let checksum):
            name = .check
            headers[MoveHeader.bytes] = .int(bytes)
            headers[MoveHeader.checksum] = .string(checksum)
        case .complete(let bytes, let checksum):
            name = .complete
            headers[MoveHeader.bytes] = .int(bytes)
            headers[MoveHeader.checksum] = .string(checksum)
        case .take: name = .take
        case .cancel: name = .cancel
        case .decision: name = .decision
        case .progress: name = .progress
        }
        let properties = MessageProperties(
            contentType: "application/octet-stream", type: name.rawValue, userID: user, headers: headers)
        return (properties, body)
    }

    /// Nil for a message that is no request of a move.
    init?(_ delivery: Delivery) {
        let headers = delivery.properties.headers
        func number(_ name: String) -> Int64? { headers[name]?.intValue.flatMap { $0 >= 0 ? $0 : nil } }
        guard !delivery.isTruncated, let name = delivery.properties.type.flatMap(StepName.init),
            let move = headers[MoveHeader.move]?.stringValue, Self.ids.contains(move.utf8.count),
            let partition = headers[MoveHeader.partition]?.stringValue.flatMap(Partition.init(name:)),
            let process = headers[MoveHeader.process]?.stringValue.flatMap({ ProcessName($0) })
        else { return nil }
        self.move = move
        self.partition = partition
        self.process = process.text
        switch name {
        case .begin:
            guard let partitions = number(MoveHeader.partitions), let migrations = number(MoveHeader.migrations),
                let bytes = number(MoveHeader.bytes)
            else { return nil }
            step = .begin(
                Outline(partitions: Int(clamping: partitions), migrations: Int(clamping: migrations), bytes: bytes))
        case .piece:
            guard let part = headers[MoveHeader.part]?.stringValue.flatMap(FilePart.init),
                let offset = number(MoveHeader.offset),
                offset <= Self.maxOffset, !delivery.body.isEmpty
            else { return nil }
            step = .piece(part, offset: offset, bytes: delivery.body)
        case .check, .complete:
            guard let bytes = number(MoveHeader.bytes), let checksum = headers[MoveHeader.checksum]?.stringValue else {
                return nil
            }
            step =
                name == .check
                ? .check(bytes: bytes, checksum: checksum) : .complete(bytes: bytes, checksum: checksum)
        case .take: step = .take
        case .cancel: step = .cancel
        case .decision: step = .decision
        case .progress: step = .progress
        }
    }

    /// A UUID; a longer one could not be an id.
    private static let ids = 1...64
    /// SQLite's largest database has 281 TB.
    private static let maxOffset: Int64 = 1 << 48
}
