import Contracts

/// Where a delivery stands among those of its endpoint and partition: by the time of its creation, then by row id.
struct DeliveryPosition: Sendable, Hashable {
    let createdAt: Timestamp
    let rowID: Int64

    /// Behind the newest delivery.
    static let first = DeliveryPosition(createdAt: Timestamp(milliseconds: .max), rowID: .max)
}
