/// The fields of the API's JSON that the page reads.
enum PageAPIKey: String, CodingKey {
    case id, kind, message, timestamp, channels, state, status, reason, comment, position, confirmed, waiting
    case applicationID = "volunteer_application_id"
    case volunteerID = "volunteer_id"
    case fundID = "fund_id"
    case name = "application_name"
    case description = "application_description"
    case date = "application_date"
    case startTime = "application_starttime"
    case endTime = "application_endtime"
    case timeZone = "time_zone"
    case startsAt = "starts_at"
    case endsAt = "ends_at"
    case spots = "available_spots"
    case freeSpots = "free_spots"
    case cancelReason = "cancel_reason"
    case positionStatus = "position_status"
    case offerExpiresAt = "offer_expires_at"
    case updatedAt = "updated_at"
    case readAt = "read_at"
}
