/// A part of what ApplicationService knows about one application: `application_state` (contract section 4). It sends
/// this, instead of single messages, where a consumer's state may be another than its own.
public struct ApplicationState: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// To NotifierService: the fund that calls for volunteers.
    public var fundID: ID?
    /// 1 to 200 Unicode scalars.
    public var name: String
    /// When it takes place, in civil time.
    public var schedule: ApplicationSchedule
    /// The instant of the start.
    public var startsAt: Timestamp
    /// Whether it was cancelled.
    public var isCancelled: Bool
    /// To WaitlistService: the number of spots reserved for the waiting list, 0 to 100,000.
    public var reserved: Int?
    /// To WaitlistService.
    public var stamp: AllocationStamp?
    /// To WaitlistService the volunteers who wait, in the order of the list; to NotifierService those of its partition
    /// who wait or have a spot. At most 1,000.
    public var volunteers: [VolunteerState]
    /// Whether this is the first part.
    public var isFirst: Bool
    /// Whether further parts follow.
    public var hasMore: Bool
    /// Whether ApplicationService's file is an older copy, so that volunteers were told what it does not know.
    public var isRestored: Bool

    /// Values are not checked here; decoding checks them.
    public init(
        applicationID: ID, fundID: ID? = nil, name: String, schedule: ApplicationSchedule, startsAt: Timestamp,
        isCancelled: Bool = false, reserved: Int? = nil, stamp: AllocationStamp? = nil,
        volunteers: [VolunteerState] = [], isFirst: Bool = true, hasMore: Bool = false, isRestored: Bool = false
    ) {
        self.applicationID = applicationID
        self.fundID = fundID
        self.name = name
        self.schedule = schedule
        self.startsAt = startsAt
        self.isCancelled = isCancelled
        self.reserved = reserved
        self.stamp = stamp
        self.volunteers = volunteers
        self.isFirst = isFirst
        self.hasMore = hasMore
        self.isRestored = isRestored
    }
}

extension ApplicationState: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        applicationID = try fields.required(.volunteerApplicationID, fields.id(.volunteerApplicationID, .enveloped))
        fundID = try fields.id(.fundID, .enveloped)
        name = try fields.required(.applicationName, fields.text(.applicationName, in: Limits.name))
        schedule = ApplicationSchedule(
            date: try fields.required(.applicationDate, fields.civilDate(.applicationDate)),
            startTime: try fields.required(.applicationStartTime, fields.civilTime(.applicationStartTime)),
            endTime: try fields.required(.applicationEndTime, fields.civilTime(.applicationEndTime)),
            timeZone: try fields.required(.timeZone, fields.timeZone(.timeZone)))
        startsAt = try fields.required(.startsAt, fields.timestamp(.startsAt)).timestamp(in: .gmt)
        isCancelled = try fields.bool(.cancelled) ?? false
        reserved = try fields.count(.availableSpots, in: Limits.freeSpots)
        stamp = fields.stamp()
        volunteers = try fields.required(.volunteers, fields.objects(.volunteers, of: VolunteerState.self))
        isFirst = try fields.bool(.first) ?? false
        hasMore = try fields.bool(.more) ?? false
        isRestored = try fields.bool(.restored) ?? false
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.id(.fundID, fundID, .enveloped)
        try writer.field(.applicationName, name)
        try writer.field(.applicationDate, schedule.date.description)
        try writer.field(.applicationStartTime, schedule.startTime.description)
        try writer.field(.applicationEndTime, schedule.endTime.description)
        try writer.field(.timeZone, schedule.timeZone)
        try writer.field(.startsAt, .instant(startsAt))
        try writer.field(.cancelled, isCancelled)
        try writer.field(.availableSpots, reserved)
        try writer.stamp(stamp)
        try writer.objects(.volunteers, volunteers)
        try writer.field(.first, isFirst)
        try writer.field(.more, hasMore)
        try writer.field(.restored, isRestored)
    }

    var texts: [CheckedText] {
        [
            CheckedText(field: .applicationName, text: name, rule: .name),
            CheckedText(field: .timeZone, text: schedule.timeZone, rule: .timeZone),
        ]
    }
}
