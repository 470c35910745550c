package import Contracts

/// The id of an operation: `p00-` and 32 hexadecimal digits.
///
/// The partition comes first, so that every process can route a request for the operation. 12 digits of the time in
/// milliseconds follow, so that rows are inserted in key order, and then 80 random bits.
package struct OperationID: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameter random: random numbers, of which 80 bits are used. They need not be secret: an operation is shown
    ///   only to its caller.
    package init(in partition: Partition, at now: Timestamp, random: (UInt64, UInt64)) {
        description =
            Self.lowerBound(in: partition, at: now) + Hexadecimal.digits(random.0, count: 4)
            + Hexadecimal.digits(random.1)
    }

    /// Nil if the text is not an operation id.
    package init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, Partition(name: String(parts[0])) != nil, parts[1].utf8.count == 32,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        description = text
    }

    /// An id read from our own file, which is not checked again.
    package init(trusted text: String) {
        description = text
    }

    /// The partition in whose file the operation is.
    package var partition: Partition? {
        Partition(name: String(description.prefix { $0 != "-" }))
    }

    /// A string that sorts before every id made in the partition at this time or later, and after all earlier ones.
    package static func lowerBound(in partition: Partition, at time: Timestamp) -> String {
        partition.name + "-" + Hexadecimal.digits(UInt64(clamping: time.milliseconds), count: 12)
    }
}
