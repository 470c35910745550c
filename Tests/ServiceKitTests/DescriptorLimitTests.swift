import Testing

@testable import ServiceKit

@Suite struct DescriptorLimitTests {
    @Test(arguments: [(256, 1, 128), (1_024, 1, 896), (1_048_576, 8, 4_096), (64, 1, 16), (1_024, 100, 16)])
    func `connections are what the reserve leaves, within bounds`(descriptors: Int, partitions: Int, connections: Int) {
        let limit = DescriptorLimit(count: descriptors)
        #expect(limit.connections(partitions: partitions) == connections)
        #expect(limit.isTooLow(partitions: partitions) == (connections == 16))
    }
}
