/// A fund's call for volunteers: `create_volunteer_application` (contract section 2).
public struct CreateVolunteerApplication: Hashable, Sendable {
    /// The fund that calls.
    public var fundID: ID
    /// The application.
    public var applicationID: ID
    /// How many volunteers are wanted, 1 to 100,000.
    public var availableSpots: Int
    /// Up to 10,000 Unicode scalars.
    public var description: String
    /// 1 to 200 Unicode scalars.
    public var name: String
    /// The day of the start, in ``timeZone``.
    public var date: CivilDate
    /// The start, in ``timeZone``.
    public var startTime: CivilTime
    /// Not later than the start, it is on the next day: see ``CivilClock/span(on:from:to:in:)``.
    public var endTime: CivilTime
    /// An IANA name (ours); without one, civil times are in `TIME_ZONE`.
    public var timeZone: String?

    /// Takes the values as they are; only what is read is checked.
    public init(
        fundID: ID, applicationID: ID, availableSpots: Int, description: String, name: String, date: CivilDate,
        startTime: CivilTime, endTime: CivilTime, timeZone: String? = nil
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
    }
}

extension CreateVolunteerApplication: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeEnveloped(fundID, .fundID)
        try fields.encodeEnveloped(applicationID, .volunteerApplicationID)
        try fields.encode(availableSpots, forKey: .availableSpots)
        try fields.encode(description, forKey: .applicationDescription)
        try fields.encode(name, forKey: .applicationName)
        try fields.encodeText(date, .applicationDate)
        try fields.encodeText(startTime, .applicationStartTime)
        try fields.encodeText(endTime, .applicationEndTime)
        try fields.encodeIfPresent(timeZone, forKey: .timeZone)
    }

    init(_ fields: KeyedDecodingContainer<Field>, given: CommandBody.Given? = nil) throws {
        fundID = try fields.required(.fundID, fields.id(.fundID, numberFirst: true) ?? given?.fundID)
        applicationID = try fields.required(
            .volunteerApplicationID, fields.id(.volunteerApplicationID, numberFirst: true) ?? given?.applicationID)
        availableSpots = try fields.required(.availableSpots, fields.count(.availableSpots, in: Limits.spots))
        description = try fields.required(
            .applicationDescription, fields.text(.applicationDescription, in: Limits.description))
        name = try fields.required(.applicationName, fields.text(.applicationName, in: Limits.name))
        date = try fields.required(.applicationDate, fields.date(.applicationDate))
        startTime = try fields.required(.applicationStartTime, fields.clock(.applicationStartTime))
        endTime = try fields.required(.applicationEndTime, fields.clock(.applicationEndTime))
        timeZone = try fields.zone(.timeZone)
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.fundID, fundID)
        json.enveloped(.volunteerApplicationID, applicationID)
        json.field(.availableSpots, availableSpots)
        json.field(.applicationDescription, description)
        json.field(.applicationName, name)
        json.field(.applicationDate, date.description)
        json.field(.applicationStartTime, startTime.description)
        json.field(.applicationEndTime, endTime.description)
        json.field(.timeZone, timeZone)
    }
}
