/// Changes some fields of an application: `update_volunteer_application` (contract section 2; our addition). A field
/// that is `nil` does not change.
public struct UpdateVolunteerApplication: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// 1 to 100,000.
    public var availableSpots: Int?
    /// Up to 10,000 Unicode scalars.
    public var description: String?
    /// 1 to 200 Unicode scalars.
    public var name: String?
    /// The day of the start.
    public var date: CivilDate?
    /// The start.
    public var startTime: CivilTime?
    /// The end, on the next day if it is not later than the start.
    public var endTime: CivilTime?
    /// An IANA name.
    public var timeZone: String?
    /// The instant of the start, as in ``CreateVolunteerApplication``. If it alone changes, the rules of the zone have
    /// changed.
    public var startsAt: Timestamp?
    /// Between ApplicationService and WaitlistService (our addition).
    public var stamp: AllocationStamp?

    /// Values are not checked here; decoding checks them.
    public init(
        applicationID: ID, availableSpots: Int? = nil, description: String? = nil, name: String? = nil,
        date: CivilDate? = nil, startTime: CivilTime? = nil, endTime: CivilTime? = nil, timeZone: String? = nil,
        startsAt: Timestamp? = nil, stamp: AllocationStamp? = nil
    ) {
        self.applicationID = applicationID
        self.availableSpots = availableSpots
        self.description = description
        self.name = name
        self.date = date
        self.startTime = startTime
        self.endTime = endTime
        self.timeZone = timeZone
        self.startsAt = startsAt
        self.stamp = stamp
    }
}

extension UpdateVolunteerApplication: Codable, CommandData {
    init(_ fields: some FieldReader, given: CommandBody.Given?) throws {
        applicationID = try fields.applicationID(given)
        availableSpots = try fields.count(.availableSpots, in: Limits.spots)
        description = try fields.text(.applicationDescription, in: Limits.description)
        name = try fields.text(.applicationName, in: Limits.name)
        date = try fields.civilDate(.applicationDate)
        startTime = try fields.civilTime(.applicationStartTime)
        endTime = try fields.civilTime(.applicationEndTime)
        timeZone = try fields.timeZone(.timeZone)
        startsAt = fields.instantIfReadable(.startsAt)
        stamp = given == nil ? fields.stamp() : nil
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.field(.availableSpots, availableSpots)
        try writer.field(.applicationDescription, description)
        try writer.field(.applicationName, name)
        try writer.field(.applicationDate, date?.description)
        try writer.field(.applicationStartTime, startTime?.description)
        try writer.field(.applicationEndTime, endTime?.description)
        try writer.field(.timeZone, timeZone)
        try writer.field(.startsAt, startsAt.map { .instant($0) })
        try writer.stamp(stamp)
    }

    var texts: [CheckedText] {
        [
            CheckedText(field: .applicationDescription, text: description, rule: .paragraphs),
            CheckedText(field: .applicationName, text: name, rule: .name),
            CheckedText(field: .timeZone, text: timeZone, rule: .timeZone),
        ]
    }
}
