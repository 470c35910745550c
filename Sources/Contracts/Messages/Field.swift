/// Every JSON field name of contract section 2, of section 4's control messages and of requests between services.
/// Most come from the customer; none may be renamed.
///
/// One type serves all messages, so that a flat record is read from the same container that determined its shape.
enum Field: String, CodingKey {
    case action
    case data
    case callback

    case fundID = "fund_id"
    case volunteerApplicationID = "volunteer_application_id"
    case availableSpots = "available_spots"
    case applicationDescription = "application_description"
    case applicationName = "application_name"
    case applicationDate = "application_date"
    case applicationStartTime = "application_starttime"
    case applicationEndTime = "application_endtime"
    case timeZone = "time_zone"
    case startsAt = "starts_at"
    case reason
    case comment
    case volunteerID = "volunteer_id"
    case volunteerIDs = "volunteer_ids"
    case status
    case timestamp
    case waitingVolunteers = "waiting_volunteers"
    case release
    case expiresAt = "expires_at"
    case sent
    case seen
    case more

    case userID = "user_id"
    case applicationID = "application_id"
    case position
    case positions

    case notificationUserID = "userId"
    case notificationApplicationID = "applicationId"
    case message
    case kind

    case stream
    case epoch
    case from
    case head
    case last
    case handshake
    case resync
    case partitions

    case volunteers
    case listed
    case cancelled
    case first
    case restored
    case superseded

    case generation
    case rotatedAt = "rotated_at"
    case endpoints
    case returnTo = "return_to"
    case endpointID = "endpoint_id"
    case enabledAt = "enabled_at"
    case events
    case url
    case webhookID = "webhook_id"
    case type
    case payload

    case method
    case path
    case role
    case caller
    case headers
    case name
    case value
    case body
    case assignedID = "assigned_id"
    case part
    case bodyDigest = "body_digest"

    case commands
    case marker
    case messageID = "message_id"
    case digest
    case traceparent
}
