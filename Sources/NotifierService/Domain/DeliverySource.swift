package import Contracts

/// The deliveries to one host in one partition's file.
package struct DeliverySource: Sendable, Hashable {
    package let host: String
    package let partition: Partition

    package init(host: String, partition: Partition) {
        self.host = host
        self.partition = partition
    }
}
