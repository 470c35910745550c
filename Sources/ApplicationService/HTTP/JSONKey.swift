/// The field names of the API's JSON. Fields that messages have too keep the names they have there.
enum JSONKey: String {
    case id, kind, status, result, error, items, next, state, since, position, outcome, confirmed, waiting
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case applicationID = "volunteer_application_id"
    case volunteerID = "volunteer_id"
    case fundID = "fund_id"
    case name = "application_name"
    case description = "application_description"
    case date = "application_date"
    case startTime = "application_starttime"
    case endTime = "application_endtime"
    case timeZone = "time_zone"
    case spots = "available_spots"
    case freeSpots = "free_spots"
    case offerExpiresAt = "offer_expires_at"
}
