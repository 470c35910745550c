/// A fund's call for volunteers: `create_volunteer_application` (contract section 2).
public struct CreateVolunteerApplication: Hashable, Sendable {
    /// The fund.
    public var fundID: ID
    /// The application.
    public var applicationID: ID
    /// The number of volunteers wanted, 1 to 100,000.
    public var availableSpots: Int
    /// Up to 10,000 Unicode scalars.
    public var description: String
    /// 1 to 200 Unicode scalars.
    public var name: String
    /// The day of the start, in ``timeZone``.
    public var date: CivilDate
    /// The start, in ``timeZone``.
    public var startTime: CivilTime
    /// The end, on the next day if it is not later than the start: see ``ApplicationSchedule/endsAt``.
    public var endTime: CivilTime
    /// An IANA name (our addition). Without one, civil times are in the zone of the setting `TIME_ZONE`.
    public var timeZone: String?
    /// The instant of the start by the rules of ApplicationService's machine. Only that service writes it, for the
    /// other two; from outside it is ignored.
    public var startsAt: Timestamp?
    /// Between ApplicationService and WaitlistService (our addition).
    public var stamp: AllocationStamp?

    /// Values are not checked here; decoding checks them.
    public init(
        fundID: ID, applicationID: ID, availableSpots: Int, description: String, name: String, date: CivilDate,
        startTime: CivilTime, endTime: CivilTime, timeZone: String? = nil, startsAt: Timestamp? = nil,
        stamp: AllocationStamp? = nil
    ) {
        self.fundID = fundID
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

extension CreateVolunteerApplication: Codable, CommandData {
    init(_ fields: some FieldReader, given: CommandBody.Given?) throws {
        fundID = try fields.required(.fundID, fields.id(.fundID, .enveloped) ?? given?.fundID)
        applicationID = try fields.required(
            .volunteerApplicationID, fields.id(.volunteerApplicationID, .enveloped) ?? given?.applicationID)
        availableSpots = try fields.required(.availableSpots, fields.count(.availableSpots, in: Limits.spots))
        description = try fields.required(
            .applicationDescription, fields.text(.applicationDescription, in: Limits.description))
        name = try fields.required(.applicationName, fields.text(.applicationName, in: Limits.name))
        date = try fields.required(.applicationDate, fields.civilDate(.applicationDate))
        startTime = try fields.required(.applicationStartTime, fields.civilTime(.applicationStartTime))
        endTime = try fields.required(.applicationEndTime, fields.civilTime(.applicationEndTime))
        timeZone = try fields.timeZone(.timeZone)
        startsAt = fields.instantIfReadable(.startsAt)
        stamp = given == nil ? fields.stamp() : nil
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.fundID, fundID, .enveloped)
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.field(.availableSpots, availableSpots)
        try writer.field(.applicationDescription, description)
        try writer.field(.applicationName, name)
        try writer.field(.applicationDate, date.description)
        try writer.field(.applicationStartTime, startTime.description)
        try writer.field(.applicationEndTime, endTime.description)
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
