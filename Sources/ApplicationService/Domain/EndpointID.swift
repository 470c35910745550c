package import Contracts

/// The id of a webhook endpoint, which has the form of an operation's: the partition that stores it, its time and
/// random bits, so that endpoints are in the order of their ids, and a restored file gives no id twice.
package struct EndpointID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    /// - Parameter random: random numbers, of which 80 bits are used. They need not be secret.
    package init(in partition: Partition, at now: Timestamp, random: (UInt64, UInt64)) {
        description = OperationID(in: partition, at: now, random: random).description
    }

    /// Nil if the text is not such an id.
    package init?(parsing text: String) {
        guard let id = OperationID(parsing: text) else { return nil }
        description = id.description
    }

    /// An id read from our own file, which is not checked again.
    package init(trusted text: String) {
        description = text
    }

    package static func < (a: EndpointID, b: EndpointID) -> Bool { a.description < b.description }
}
