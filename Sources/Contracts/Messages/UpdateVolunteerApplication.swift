/// Changes some fields of an application: `update_volunteer_application` (contract section 2; ours). `nil` leaves a
/// field as it is.
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
    /// Not later than the start, it is on the next day.
    public var endTime: CivilTime?
    /// An IANA name.
    public var timeZone: String?

    /// Takes the values as they are; only what is read is checked.
    public init(
        applicationID: ID, availableSpots: Int? = nil, description: String? = nil, name: String? = nil,
        date: CivilDate? = nil, startTime: CivilTime? = nil, endTime: CivilTime? = nil, timeZone: String? = nil
    ) {
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

extension UpdateVolunteerApplication: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeEnveloped(applicationID, .volunteerApplicationID)
        try fields.encodeIfPresent(availableSpots, forKey: .availableSpots)
        try fields.encodeIfPresent(description, forKey: .applicationDescription)
        try fields.encodeIfPresent(name, forKey: .applicationName)
        try fields.encodeText(date, .applicationDate)
        try fields.encodeText(startTime, .applicationStartTime)
        try fields.encodeText(endTime, .applicationEndTime)
        try fields.encodeIfPresent(timeZone, forKey: .timeZone)
    }

    init(_ fields: KeyedDecodingContainer<Field>, given: CommandBody.Given? = nil) throws {
        applicationID = try fields.applicationID(given)
        availableSpots = try fields.count(.availableSpots, in: Limits.spots)
        description = try fields.text(.applicationDescription, in: Limits.description)
        name = try fields.text(.applicationName, in: Limits.name)
        date = try fields.date(.applicationDate)
        startTime = try fields.clock(.applicationStartTime)
        endTime = try fields.clock(.applicationEndTime)
        timeZone = try fields.zone(.timeZone)
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerApplicationID, applicationID)
        json.field(.availableSpots, availableSpots)
        json.field(.applicationDescription, description)
        json.field(.applicationName, name)
        json.field(.applicationDate, date?.description)
        json.field(.applicationStartTime, startTime?.description)
        json.field(.applicationEndTime, endTime?.description)
        json.field(.timeZone, timeZone)
    }
}
