import Contracts
import Web

extension ApplicationPosition {
    /// - Throws: `malformed` for a cursor that was not made of a position.
    init(_ cursor: PageCursor) throws(Problem) {
        guard let position = Self(place: cursor.after, in: cursor.partition) else { throw .invalidCursor }
        self = position
    }

    /// Nil for a text that is no ``place``.
    init?(place: String, in partition: Partition) {
        let numbers = place.split(separator: " ", omittingEmptySubsequences: false).map { Int64($0) }
        guard numbers.count == 2, let value = numbers[0], let rowID = numbers[1] else { return nil }
        self.init(value: value, partition: partition, rowID: rowID)
    }

    /// Where it is in its partition.
    var place: String { "\(value) \(rowID)" }
}

extension PageCursor {
    init(_ position: ApplicationPosition) {
        self.init(partition: position.partition, after: position.place)
    }
}

extension ApplicationScan {
    /// The part of another process.
    /// - Throws: `unavailable` if it cannot be read.
    init(_ part: ListPart, in partition: Partition, _ make: ([UInt8]) -> Application) throws(Problem) {
        func position(_ place: String) throws(Problem) -> ApplicationPosition {
            guard let position = ApplicationPosition(place: place, in: partition) else { throw .partitionNotServed }
            return position
        }
        self.init()
        for item in part.items { found.append((try position(item.place), make(item.json))) }
        if let end = part.end { self.end = try position(end) }
    }
}
