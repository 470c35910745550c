/// What holds for every application of this service.
struct ApplicationPolicy: Sendable, Hashable {
    /// `PARTITIONS`.
    let partitions: Int
    /// `TIME_ZONE`: the zone of applications that name none.
    let timeZone: String
}
