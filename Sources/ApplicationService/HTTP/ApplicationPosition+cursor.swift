import Web

extension ApplicationPosition {
    /// - Throws: `malformed` for a cursor that was not made of a position.
    init(_ cursor: PageCursor) throws(Problem) {
        let numbers = cursor.after.split(separator: " ", omittingEmptySubsequences: false).map { Int64($0) }
        guard numbers.count == 2, let value = numbers[0], let rowID = numbers[1] else { throw .invalidCursor }
        self.init(value: value, partition: cursor.partition, rowID: rowID)
    }
}

extension PageCursor {
    init(_ position: ApplicationPosition) {
        self.init(partition: position.partition, after: "\(position.value) \(position.rowID)")
    }
}
