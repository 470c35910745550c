import Contracts
import Testing

@testable import ApplicationService

@Suite struct NotifierPartitionsTests {
    private static func partitions(_ set: NotifierPartitions) -> [Int] {
        (0..<1000).filter { set.contains(Partition(number: $0)) }
    }

    @Test func `the column has a bit for each partition, and no more bytes than needed`() {
        var set = NotifierPartitions.none
        #expect(Self.partitions(set) == [] && set.column == [])
        set.insert(Partition(number: 9))
        #expect(Self.partitions(set) == [9] && set.column == [0, 0b10])
        for number in [0, 7, 8, 9] { set.insert(Partition(number: number)) }
        #expect(Self.partitions(set) == [0, 7, 8, 9] && set.column == [0b1000_0001, 0b11])
        set.insert(Partition(number: 999))
        #expect(Self.partitions(set) == [0, 7, 8, 9, 999] && set.column?.count == 125)
        #expect(NotifierPartitions(column: set.column) == set)
    }

    @Test func `without a value in the column all partitions know the application`() {
        var set = NotifierPartitions.all
        #expect(Self.partitions(set).count == 1000 && set.column == nil)
        set.insert(Partition(number: 3))
        #expect(set == .all)
    }
}
