import Contracts
import HTTPTypes
import Hummingbird
import Web

/// A value that the API shows as a JSON object.
protocol JSONRepresentable {
    /// Writes the fields in the order in which people read them.
    func write(to json: inout ObjectWriter<JSONKey>)
}

extension JSONRepresentable {
    func encoded() -> [UInt8] { ObjectWriter.object(write) }
}

/// The field names of the API's JSON, which the page reads too. Fields that messages have keep the names they have
/// there.
enum JSONKey: String, CodingKey {
    case ticket
    case expiresAt = "expires_at"
    case id, kind, status, result, error, items, next, state, since, reason, comment, position, outcome, confirmed
    case waiting, callback, url, events, secret, generation, attempts, retried, more, message, timestamp, channels
    case cancelReason = "cancel_reason"
    case applicationStatus = "application_status"
    case positionStatus = "position_status"
    case startsAt = "starts_at"
    case endsAt = "ends_at"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case readAt = "read_at"
    case applicationID = "volunteer_application_id"
    case volunteerID = "volunteer_id"
    case fundID = "fund_id"
    case name = "application_name"
    case description = "application_description"
    case date = "application_date"
    case startTime = "application_starttime"
    case endTime = "application_endtime"
    case timeZone = "time_zone"
    case language
    case spots = "available_spots"
    case freeSpots = "free_spots"
    case offerExpiresAt = "offer_expires_at"
    case enabledAt = "enabled_at"
    case failingSince = "failing_since"
    case disabledAt = "disabled_at"
    case nextAttemptAt = "next_attempt_at"
    case lastStatus = "last_status"
    case lastError = "last_error"
    case rotatedAt = "rotated_at"
    case previousSecretUntil = "previous_secret_until"
}

// MARK: - Responses

extension Response {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An application, a response or a list of them: personal, and stale at the next write. 304 if the client has it.
    static func fresh(_ representation: some JSONRepresentable, for request: Request) -> Response {
        let body = representation.encoded()
        let tag = EntityTag(ofContent: body)
        let headers: HTTPFields = [
            .eTag: tag.headerValue, .cacheControl: "private, no-cache", .vary: "Authorization",
        ]
        if tag.matchesIfNoneMatch(in: request.headers) { return Response(status: .notModified, headers: headers) }
        return json(body, headers: headers)
    }
}

extension AcceptedCommand: ResponseGenerator {
    /// 202 with the operation to poll (contract section 8).
    func response(from request: Request, context: some RequestContext) -> Response {
        var headers: HTTPFields = [
            .location: "/v1/operations/\(operation)", .retryAfter: "1", .cacheControl: "no-store",
        ]
        if isReplay { headers[.idempotentReplayed] = "true" }
        if let appliedWait { headers[.preferenceApplied] = "wait=\(appliedWait.components.seconds)" }
        return .json(body, status: .accepted, headers: headers)
    }
}
