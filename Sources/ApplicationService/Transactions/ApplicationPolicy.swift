/// What holds for every application of this service.
struct ApplicationPolicy: Sendable, Hashable {
    /// `PARTITIONS`.
    let partitions: Int
    /// `TIME_ZONE`: the zone of applications that name none.
    let timeZone: String
    /// `CHANGES_PER_HOUR`: how often a volunteer may give up a confirmed spot within an hour; 0 if without a limit.
    let changesPerHour: Int
}
